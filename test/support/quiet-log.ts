import { installLog } from '../../src/process/log.js';

const lines: string[] = [];
let installed = false;

/** Everything that workers in this process have logged since `quietLog` was first called. */
export const logged = (): readonly string[] => lines;

/** Keeps the log of workers in this process off the test's output; call before the first native connection, and only when there will be one. */
export function quietLog(): void {
  if (installed) return;
  installed = true;
  try {
    installLog('INFO', (line) => lines.push(line));
  } catch {
    // Another test was first with a runtime of its own: there is one per process, and its log goes where it wants.
  }
}
