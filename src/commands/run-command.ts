import { CommanderError } from 'commander';
import { DENIED, isDenied } from '../process/denied.js';
import { commandIn } from './choice.js';
import { exitCodeOf } from './exit-code.js';
import { complain } from './output.js';
import { guardTerminals } from './terminal.js';
import { isFernlakeError, messageOf } from '../errors.js';
import { createProgram } from './program.js';

/** 0 done, 1 the check failed, 2 wrong use or wrong configuration. */
const FAILED = 1;
const WRONG_USE = 2;
const NAMESPACE_MEND =
  ' (TEMPORAL_NAMESPACE): make it with `npx fernlake temporal operator namespace create`, or name one that is there';

/**
 * Runs `fernlake` with these arguments and resolves to its exit code. What goes wrong is said on stderr. The process goes on, so
 * that whoever has one (cli.ts, a test) may run it there.
 */
export async function runCommand(args: readonly string[]): Promise<number> {
  guardTerminals([process.stdout, process.stderr]);
  try {
    return await exitCodeOf(async () => {
      const program = await createProgram(commandIn(args));
      await program.parseAsync(args, { from: 'user' });
    });
  } catch (error) {
    return failed(error);
  }
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
