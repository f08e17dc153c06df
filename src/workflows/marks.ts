import { arrivalMs } from '../lake/keys.js';

/** How far the archive has been carried. */
export interface Marks {
  /** Everything archived before this instant is processed. null: not known. */
  readonly processedThroughMs: number | null;
  /** Raw names at or after that instant that are processed, too; ascending. */
  readonly processed: readonly string[];
}

/**
 * The marks after `done` has been carried while `pending` still waits. The mark stays `memoryMs` before the
 * newest answer, since answers can be stored out of order (two workers' clocks, a slow disk); later ones are
 * remembered by name.
 */
export function advanceMarks(
  marks: Marks,
  done: readonly string[],
  pending: readonly string[],
  memoryMs: number,
  nowMs = Number.POSITIVE_INFINITY,
): Marks {
  const names = [...new Set([...marks.processed, ...done])].sort();
  const newest = names.at(-1);
  if (newest === undefined) return marks;
  const oldestPendingMs = pending.reduce(
    (ms, name) => Math.min(ms, arrivalMs(name)),
    Number.POSITIVE_INFINITY,
  );
  const carriedMs = Math.max(marks.processedThroughMs ?? 0, Math.min(arrivalMs(newest), nowMs) - memoryMs);
  // May move the mark back where a clock was set back: better to carry some answers again than to forget one.
  const throughMs = Math.min(carriedMs, oldestPendingMs);
  return { processedThroughMs: throughMs, processed: names.filter((name) => arrivalMs(name) >= throughMs) };
}
