import { Argument, type Command } from 'commander';
import { out } from './output.js';

interface Node {
  /** The commands that lead to it, as `schedule apply`; empty for fernlake itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  readonly options: readonly { readonly flag: string; readonly about: string }[];
  /** What an argument or an option may be, where that is a closed list. */
  readonly choices: readonly string[];
}

const SHELLS: Readonly<Record<string, (nodes: readonly Node[]) => string>> = { bash, zsh, fish };

/** The script is made from the commands themselves, so `program` must know all of them. */
export function registerCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that lets the shell complete commands and options')
    .addArgument(new Argument('<shell>').choices(Object.keys(SHELLS)))
    .action((shell: string) => out(SHELLS[shell]?.(nodesOf(program)).trimEnd()));
}

function nodesOf(command: Command, path = ''): Node[] {
  const help = { flag: '--help', about: 'show the help' };
  const node: Node = {
    path,
    commands: command.commands.map((sub) => ({ name: sub.name(), about: sub.description() })),
    options: [
      ...command.options.map(({ long, short, description }) => ({
        flag: long ?? short ?? '',
        about: description,
      })),
      help,
    ],
    choices: [
      ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
      ...command.options.flatMap(({ argChoices }) => argChoices ?? []),
    ],
  };
  return [node, ...command.commands.flatMap((sub) => nodesOf(sub, `${path} ${sub.name()}`.trim()))];
}

const words = ({ commands, options, choices }: Node): string =>
  [...commands.map(({ name }) => name), ...choices, ...options.map(({ flag }) => flag)].join(' ');

/** Options complete behind a `-`; a file wherever nothing of ours fits. */
function bash(nodes: readonly Node[]): string {
  const cases = nodes.map((node) => `    "${node.path}") words="${words(node)}" ;;`).join('\n');
  return `# Completes fernlake in bash
_fernlake() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words i
  local known=" ${nodes.map(({ path }) => path.replaceAll(' ', '/')).join(' ')} "
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ $word != -* && $known == *" \${path:+$path/}$word "* ]] && path="\${path:+$path/}$word"
  done
  case "\${path//\\// }" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -z $current || $current == -* ]]; then return; fi
  [[ \${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _fernlake fernlake
`;
}

/** Zsh runs what bash does. */
function zsh(nodes: readonly Node[]): string {
  return `# Completes fernlake in zsh\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options, choices }) => {
    const when =
      path === ''
        ? '__fish_use_subcommand'
        : path
            .split(' ')
            .map((name) => `__fish_seen_subcommand_from ${name}`)
            .join('; and ');
    const start = `complete -c fernlake -n '${when}'`;
    return [
      ...commands.map(({ name, about }) => `${start} -f -a ${name} -d ${quoted(about)}`),
      ...choices.map((choice) => `${start} -f -a ${choice}`),
      ...options.map(({ flag, about }) =>
        flag.startsWith('--')
          ? `${start} -l ${flag.slice(2)} -d ${quoted(about)}`
          : `${start} -s ${flag.slice(1)} -d ${quoted(about)}`,
      ),
    ];
  });
  return ['# Completes fernlake in fish', ...lines].join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
