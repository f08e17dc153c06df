import { CommanderError } from 'commander';
import { complain } from './commands/output.js';
import { guardTerminals } from './commands/terminal.js';
import { DENIED, isDenied } from './process/denied.js';
import { isFernlakeError, messageOf } from './errors.js';
import { createProgram } from './commands/program.js';

/** 0 done, 1 the check failed, 2 wrong use or wrong configuration. */
const FAILED = 1;
const WRONG_USE = 2;
/** For output to reach a pipe. */
const EXIT_GRACE_MS = 1_000;
const NAMESPACE_MEND =
  ' (TEMPORAL_NAMESPACE): make it with `temporal operator namespace create`, or name one that is there';

guardTerminals([process.stdout, process.stderr]);

const program = await createProgram(process.argv[2]);

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
  if (!isFernlakeError(error) && isDenied(error)) {
    complain(`fernlake: ${DENIED.what}. To mend it: ${DENIED.mend}`);
    return WRONG_USE;
  }
  const mend = (error as { name?: string } | null)?.name === 'NamespaceNotFoundError' ? NAMESPACE_MEND : '';
  // Storage speaks to activities, which Temporal repeats; nobody repeats a command.
  const message = messageOf(error).replace(/[;:] it is tried again$/, '');
  complain(`fernlake: ${message}${mend}`);
  if (mend !== '') return WRONG_USE;
  const isWrongUse = isFernlakeError(error, 'Configuration') || isFernlakeError(error, 'StorageDenied');
  return isWrongUse ? WRONG_USE : FAILED;
}
