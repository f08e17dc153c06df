import { Command, CommanderError } from 'commander';
import { complain } from './commands/output.js';
import { isFernlakeError, messageOf } from './domain/errors.js';
import { VERSION } from './version.js';

type Register = (program: Command) => void;

/**
 * In the order of the help. Each is loaded only when it is asked for: Temporal's SDK takes a second, and most commands
 * need none of it.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  up: async () => (await import('./commands/up.js')).registerUp,
  worker: async () => (await import('./commands/worker.js')).registerWorker,
  schedule: async () => (await import('./commands/schedule.js')).registerSchedule,
  status: async () => (await import('./commands/status.js')).registerStatus,
  report: async () => (await import('./commands/report.js')).registerReport,
  verify: async () => (await import('./commands/verify.js')).registerVerify,
  decode: async () => (await import('./commands/decode.js')).registerDecode,
  quarantine: async () => (await import('./commands/quarantine.js')).registerQuarantine,
  reprocess: async () => (await import('./commands/reprocess.js')).registerReprocess,
  ddl: async () => (await import('./commands/ddl.js')).registerDdl,
  query: async () => (await import('./commands/query.js')).registerQuery,
  sizes: async () => (await import('./commands/sizes.js')).registerSizes,
  copy: async () => (await import('./commands/copy.js')).registerCopy,
  doctor: async () => (await import('./commands/doctor.js')).registerDoctor,
  source: async () => (await import('./commands/source.js')).registerSource,
  completion: async () => (await import('./commands/completion.js')).registerCompletion,
};

/** 0 done, 1 the check failed, 2 wrong use or wrong configuration. */
const FAILED = 1;
const WRONG_USE = 2;
/** For output to reach a pipe. */
const EXIT_GRACE_MS = 1_000;
const NAMESPACE_MEND =
  ' (TEMPORAL_NAMESPACE): make it with `temporal operator namespace create`, or name one that is there';

const program = new Command('fernlake')
  .description(
    'Carries an encrypted log API into a data lake: nothing lost, nothing doubled, and a ledger that proves it.',
  )
  .version(VERSION)
  .showHelpAfterError('(--help shows how)')
  .exitOverride();

const register = await registration(process.argv[2]);
for (const add of register) add(program);
for (const command of program.commands) {
  command.exitOverride();
  for (const sub of command.commands) sub.exitOverride();
}

// `fernlake decode FILE | head` closes the pipe when it has seen enough: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = failed(error);
  // The worker's native threads would keep a process alive that has nothing more to do.
  setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
}

/** Says what went wrong; returns the exit code. */
function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE;
  const mend = (error as { name?: string } | null)?.name === 'NamespaceNotFoundError' ? NAMESPACE_MEND : '';
  complain(`fernlake: ${messageOf(error)}${mend}`);
  if (mend !== '') return WRONG_USE;
  const isWrongUse = isFernlakeError(error, 'Configuration') || isFernlakeError(error, 'StorageDenied');
  return isWrongUse ? WRONG_USE : FAILED;
}

/** The one that is named; all of them for help, for none, for one that there is not, and to complete them. */
async function registration(name: string | undefined): Promise<readonly Register[]> {
  const named =
    name !== undefined && name !== 'completion' && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return await Promise.all((named ? [named] : Object.values(COMMANDS)).map((load) => load()));
}
