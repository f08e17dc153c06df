import { isFernlakeError } from '../errors.js';

/** A run that was started by hand for a lake that nobody has must not have the schedules looked at for each of its tasks. */
const LOOK_MS_MIN = 5_000;

/**
 * For a worker that has met a task of another lake: `check` is what its start has checked (lake-agreement.ts). Where a schedule has
 * another lake by now, `refuse` gets the reason, and the worker should end; else it was a run of nobody's, which fails alone.
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
