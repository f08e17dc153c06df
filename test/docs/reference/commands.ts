import type { Command } from 'commander';
import { createProgram } from '../../../src/commands/program.js';
import { type Page, sentence } from './page.js';

/** Columns of the help; a terminal's own width decides elsewhere. */
const WIDTH = 100;

/** What `--help` prints, with the examples behind it. */
export function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}

/** `schedule apply`: every command that can be typed, those below a command behind it. */
export function allCommands(program: Command): { readonly path: string; readonly command: Command }[] {
  const below = (command: Command, path: string): { path: string; command: Command }[] =>
    command.commands.flatMap((sub) => {
      const name = `${path} ${sub.name()}`.trim();
      return [{ path: name, command: sub }, ...below(sub, name)];
    });
  return below(program, '');
}

/** Said once, in front of all commands. */
const SHARED: Readonly<Record<string, string>> = {
  '--config <file>': 'the file that declares the datasets; default: `FERNLAKE_CONFIG`, or ./fernlake.yaml',
  '--dataset <name>': 'which of the datasets, where there are several',
  '--lake <uri>': 'a lake without a file: file:///absolute/directory or s3://bucket[/prefix]',
};

export async function commandsPage(): Promise<Page> {
  const commands = allCommands(await createProgram());
  const sections = commands.map(
    ({ path, command }) =>
      `${path.includes(' ') ? '###' : '##'} fernlake ${path}\n\n${sectionOf(path, command)}`,
  );
  const single = commands.filter(({ command }) => command.commands.length === 0);
  const shared = Object.entries(SHARED).map(([flags, about]) => {
    const takes = ({ command }: (typeof single)[number]): boolean =>
      command.options.some((option) => option.flags === flags);
    const takers = single.filter(takes);
    const others = single.filter((each) => !takes(each));
    const list = (of: typeof single): string => of.map(({ path }) => `\`${path}\``).join(', ');
    const which = takers.length > others.length ? `all but ${list(others)}` : list(takers);
    return `- \`${flags}\` (${which}): ${about}.`;
  });
  return {
    file: 'commands.md',
    title: 'Commands',
    about: 'every command, with its options and an example',
    from: ['src/commands/'],
    body: `\`npx fernlake <command> --help\` prints the same, with more examples. Exit codes, of all of them: 0 done, 1 the check failed, 2 wrong
use or wrong configuration. Results go to stdout, everything else to stderr; colours only where a terminal is (\`--no-color\` and \`NO_COLOR\`
say no). \`--json\` is there wherever a script would read the output. Options of several commands:

${shared.join('\n')}

${sections.join('\n\n')}`,
  };
}

/** What a command is for, and below it what its help says of it alone, and the first example that is more than its name. */
function sectionOf(path: string, command: Command): string {
  const about = sentence(command.description());
  if (command.commands.length > 0) return about;
  const [help = '', examples = ''] = helpOf(command).split(/\nExamples:\n/);
  const own = help
    .replace(`${command.description()}\n`, '')
    .split(/\n(?= {0,2}\S)/)
    .filter((entry) => !isShared(entry.trim()))
    .join('\n')
    .replace(/^Usage: .*\[options\]$/m, '')
    .replace(/^Options:$/m, '')
    .replaceAll(/^( .*)\n(?=\S)/gm, '$1\n\n')
    .replaceAll(/\n{2,}/g, '\n\n');
  const typed = examples
    .split('\n')
    .map((line) => line.replace(/ {3,}# /, '   # ').trimEnd())
    .find((line) => line !== '' && line !== `  npx fernlake ${path}`);
  const parts = [own.replace(/^\n+|\s+$/g, ''), typed ?? ''].filter((part) => part !== '');
  return parts.length === 0 ? about : `${about}\n\n\`\`\`text\n${parts.join('\n\n')}\n\`\`\``;
}

const isShared = (entry: string): boolean =>
  entry.startsWith('-h, --help') || Object.keys(SHARED).some((flags) => entry.startsWith(flags));
