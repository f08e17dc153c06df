import { isFernlakeError } from '../errors.js';

/**
 * The schedules are looked at no more often than this: a run started by hand for a wrong lake has many tasks.
 */
const LOOK_MS_MIN = 5_000;

/**
 * For a worker that has met a task of another lake. `check` repeats the check of its start
 * (lake-agreement.ts). If a schedule names another lake by now, `refuse` gets the reason, and the worker
 * should end; else the run was started by hand, and fails alone.
 */
export function lakeWatch(
  check: () => Promise<unknown>,
  refuse: (error: Error) => void,
  now: () => number = () => performance.now(),
): () => void {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (now() - lookedAtMs < LOOK_MS_MIN) return;
    lookedAtMs = now();
    check().catch((error: unknown) => {
      if (isFernlakeError(error, 'Configuration')) refuse(error);
    });
  };
}
