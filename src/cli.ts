import { runCommand } from './commands/run-command.js';

/** Time for output to reach a pipe. */
const EXIT_GRACE_MS = 1_000;

// `fernlake decode FILE | head` closes the pipe when it has seen enough: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const exitCode = await runCommand(process.argv.slice(2));
process.exitCode = exitCode;
// The worker's native threads would keep a process alive that has nothing more to do.
if (exitCode !== 0) setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
