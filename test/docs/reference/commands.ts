import type { Command } from 'commander';
import { createProgram } from '../../../src/commands/program.js';
import type { Page } from './page.js';

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

export async function commandsPage(): Promise<Page> {
  const program = await createProgram();
  const sections = allCommands(program).map(
    ({ path, command }) =>
      `${path.includes(' ') ? '###' : '##'} fernlake ${path}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``,
  );
  return {
    file: 'commands.md',
    title: 'Commands',
    about: 'every command, with its options and examples',
    from: ['src/commands/'],
    body: `What \`npx fernlake <command> --help\` prints. Exit codes, of all of them: 0 done, 1 the check failed, 2 wrong use or wrong
configuration. Results go to stdout, everything else to stderr; colours only where a terminal is (\`--no-color\` and \`NO_COLOR\`
say no). \`--json\` is there wherever a script would read the output.

${sections.join('\n\n')}`,
  };
}
