import { Command } from 'commander';
import { addChoice } from './choice.js';
import { addExamples } from './examples.js';
import { prose } from './output.js';
import { VERSION } from '../config/version.js';

type Register = (program: Command) => void;

/**
 * In the order of the help. Each is loaded only when it is asked for: Temporal's SDK takes a second, and most commands
 * need none of it.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  init: async () => (await import('./init.js')).registerInit,
  up: async () => (await import('./up.js')).registerUp,
  worker: async () => (await import('./worker.js')).registerWorker,
  schedule: async () => (await import('./schedule.js')).registerSchedule,
  status: async () => (await import('./status.js')).registerStatus,
  watch: async () => (await import('./watch.js')).registerWatch,
  report: async () => (await import('./report.js')).registerReport,
  verify: async () => (await import('./verify.js')).registerVerify,
  decode: async () => (await import('./decode.js')).registerDecode,
  find: async () => (await import('./find.js')).registerFind,
  hours: async () => (await import('./hours.js')).registerHours,
  hour: async () => (await import('./hour.js')).registerHour,
  logs: async () => (await import('./logs.js')).registerLogs,
  quarantine: async () => (await import('./quarantine.js')).registerQuarantine,
  reprocess: async () => (await import('./reprocess.js')).registerReprocess,
  ddl: async () => (await import('./ddl.js')).registerDdl,
  query: async () => (await import('./query.js')).registerQuery,
  schema: async () => (await import('./schema.js')).registerSchema,
  sizes: async () => (await import('./sizes.js')).registerSizes,
  copy: async () => (await import('./copy.js')).registerCopy,
  doctor: async () => (await import('./doctor.js')).registerDoctor,
  source: async () => (await import('./source.js')).registerSource,
  temporal: async () => (await import('./temporal.js')).registerTemporal,
  completion: async () => (await import('./completion.js')).registerCompletion,
};

/**
 * `fernlake`, with the one command that is named; with all of them for help, for none, for one that there is not, and to
 * complete them. Its parser throws CommanderError instead of ending the process.
 */
export async function createProgram(name?: string): Promise<Command> {
  const program = new Command('npx fernlake')
    .description(
      'Carries an encrypted log API into a data lake: nothing lost, nothing doubled, and a ledger that proves it.',
    )
    .version(VERSION)
    // `fernlake temporal --version` asks Temporal's.
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows how)')
    .configureOutput({
      writeOut: (text) => process.stdout.write(prose(text, process.stdout.columns)),
      writeErr: (text) => process.stderr.write(prose(text, process.stderr.columns)),
    })
    .exitOverride();
  const named =
    name !== undefined && name !== 'completion' && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const register = await Promise.all((named ? [named] : Object.values(COMMANDS)).map((load) => load()));
  for (const add of register) add(program);
  addChoice(program);
  for (const command of program.commands) {
    command.exitOverride();
    addExamples(command);
    for (const sub of command.commands) sub.exitOverride();
  }
  return program;
}
