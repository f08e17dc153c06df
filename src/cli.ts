import { Command, CommanderError } from 'commander';
import { registerCopy } from './commands/copy.js';
import { registerDdl } from './commands/ddl.js';
import { registerDecode } from './commands/decode.js';
import { registerDoctor } from './commands/doctor.js';
import { complain } from './commands/output.js';
import { registerQuarantine } from './commands/quarantine.js';
import { registerQuery } from './commands/query.js';
import { registerReprocess } from './commands/reprocess.js';
import { registerReport } from './commands/report.js';
import { registerSchedule } from './commands/schedule.js';
import { registerSizes } from './commands/sizes.js';
import { registerSource } from './commands/source.js';
import { registerStatus } from './commands/status.js';
import { registerUp } from './commands/up.js';
import { registerVerify } from './commands/verify.js';
import { registerWorker } from './commands/worker.js';
import { isFernlakeError, messageOf } from './domain/errors.js';
import { VERSION } from './version.js';

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

for (const register of [
  registerUp,
  registerWorker,
  registerSchedule,
  registerStatus,
  registerReport,
  registerVerify,
  registerDecode,
  registerQuarantine,
  registerReprocess,
  registerDdl,
  registerQuery,
  registerSizes,
  registerCopy,
  registerDoctor,
  registerSource,
]) {
  register(program);
}
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
