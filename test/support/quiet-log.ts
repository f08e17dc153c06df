import { installLog } from '../../src/process/log.js';

let installed = false;

/** Keeps the log of workers in this process off the test's output; call before the first native connection, and only when there will be one. */
export function quietLog(): void {
  if (installed) return;
  installed = true;
  try {
    installLog('INFO', () => undefined);
  } catch {
    // Another test was first with a runtime of its own: there is one per process, and its log goes where it wants.
  }
}
