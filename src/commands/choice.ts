import type { Command } from 'commander';
import type { Choice } from '../config/config.js';

/**
 * What a command works on: a lake, which may have no file; a dataset; or the settings of the deployment
 * alone.
 */
type Scope = 'lake' | 'dataset' | 'deployment';

/** By the words that are typed; `schedule` stands for all below it. */
const SCOPES: Readonly<Record<string, Scope>> = {
  up: 'dataset',
  worker: 'dataset',
  schedule: 'dataset',
  reprocess: 'dataset',
  'quarantine redrive': 'dataset',
  doctor: 'dataset',
  'quarantine list': 'lake',
  status: 'lake',
  report: 'lake',
  verify: 'lake',
  decode: 'lake',
  ddl: 'lake',
  query: 'lake',
  schema: 'lake',
  sizes: 'lake',
  copy: 'deployment',
};

const CONFIG = [
  '--config <file>',
  'the file that declares the datasets; default: FERNLAKE_CONFIG, or ./fernlake.yaml',
] as const;

/**
 * Gives each command the options that say which file, dataset or lake is meant, the same everywhere; --config may also stand in front
 * of the command.
 */
export function addChoice(program: Command): void {
  program.option(...CONFIG);
  program.hook('preAction', (_, command) => {
    const { config } = command.optsWithGlobals<Choice>();
    if (config !== undefined) command.setOptionValue('config', config);
  });
  for (const command of program.commands) {
    const below = command.commands.length > 0 ? command.commands : [command];
    for (const leaf of below) addOptions(leaf, scopeOf(command.name(), leaf === command ? '' : leaf.name()));
  }
}

const scopeOf = (name: string, below: string): Scope | undefined =>
  SCOPES[`${name} ${below}`.trim()] ?? SCOPES[name];

function addOptions(command: Command, scope: Scope | undefined): void {
  if (scope === undefined) return;
  command.option(...CONFIG);
  if (scope === 'deployment') return;
  command.option('--dataset <name>', 'which of the datasets, where there are several');
  if (scope === 'lake')
    command.option(
      '--lake <uri>',
      'a lake without a file: file:///absolute/directory or s3://bucket[/prefix]',
    );
}

/** The command that is typed: the first word that is no option of fernlake itself. */
export function commandIn(args: readonly string[]): string | undefined {
  let at = 0;
  while (args[at]?.startsWith('--config')) at += args[at] === '--config' ? 2 : 1;
  return args[at];
}
