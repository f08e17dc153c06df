import type { Observation, PaceState, PaceStep } from './pace.js';

/** What one poll says about the time since the one before: how far the source moved, how fast, and what is gone. */

/** Weight of the newest measurement. 46 new records a poll scatter by 15 %; 0.15 averages that down to 4 %. */
const RATE_WEIGHT = 0.15;
/** So many standard deviations above what was expected is a burst, not scatter (74 where 46 were expected). */
const BURST_DEVIATIONS = 4;
/** A loss of more than this many windows, or a jump of the ids, says nothing exact about the rate. */
const LOSS_WINDOWS_MAX = 10;
/**
 * So long (a night) the rate before a stall is held in full, at no more polls than the source takes when it moves; then
 * it is forgotten by halves. Forgetting after 30 minutes lost 23,000 records when 150/s came back after eight hours.
 */
export const HOLD_MS = 12 * 3_600_000;

/** What happened between the poll before and this one. */
export interface Progress {
  /** Since the poll before; null when there is none, or the clock went back. */
  readonly elapsedMs: number | null;
  /** Since the last poll that showed something new: quiet polls in between count into the rate, too. */
  readonly sinceMovedMs: number;
  readonly lost: PaceStep['lost'];
  /** Records, including those that are lost. */
  readonly arrived: number;
  /** A poll before there was, and nothing is new. */
  readonly stood: boolean;
}

/** A little is no reset: answers of a source with several servers may lag behind each other. */
export function wentBack({ newestId, window }: PaceState, seen: Observation): boolean {
  return newestId !== null && seen.newestId !== null && seen.newestId <= newestId - Math.max(1, window);
}

/** Learned from the answers. A record that an answer holds twice takes a place, but covers no more time. */
export function windowOf(base: PaceState, seen: Observation, contiguousIds: boolean): number {
  const { records, oldestId, newestId } = seen;
  // An empty answer says nothing about how many records the source shows when it has some.
  if (oldestId === null || newestId === null) return base.window;
  const shown = contiguousIds ? Math.min(records, newestId - oldestId + 1) : records;
  return Math.max(shown, Math.floor(base.window * 0.9));
}

export function progressOf(
  base: PaceState,
  seen: Observation,
  window: number,
  contiguousIds: boolean,
): Progress {
  const lost = lostRange(base, seen);
  const sinceAskedMs = base.askedAtMs === null ? 0 : seen.askedAtMs - base.askedAtMs;
  const sinceMovedMs = Math.max(sinceAskedMs, seen.askedAtMs - (base.movedAtMs ?? seen.askedAtMs));
  let arrived = base.askedAtMs === null ? 0 : seen.fresh;
  if (lost) {
    const passed = contiguousIds ? lost.to - lost.from + 1 + seen.fresh : seen.fresh;
    arrived = Math.max(seen.fresh, Math.min(passed, window * LOSS_WINDOWS_MAX));
  }
  const stood = base.askedAtMs !== null && arrived === 0;
  return { elapsedMs: sinceAskedMs > 0 ? sinceAskedMs : null, sinceMovedMs, lost, arrived, stood };
}

/** A window that starts right behind the one before has lost nothing, though the two do not overlap. */
function lostRange(base: PaceState, seen: Observation): PaceStep['lost'] {
  if (base.newestId === null || seen.oldestId === null || seen.oldestId <= base.newestId + 1) return null;
  return { from: base.newestId + 1, to: seen.oldestId - 1 };
}

/** `burst`: more came than scatter explains, so the rate is a guess from below. */
export function nextRate(
  { ratePerSecond: before }: PaceState,
  { arrived, elapsedMs, sinceMovedMs, lost }: Progress,
): { readonly ratePerSecond: number | null; readonly burst: boolean } {
  if (arrived === 0 || elapsedMs === null) return { ratePerSecond: before, burst: lost !== null };
  // Back from a long stall: the time without records says nothing about the rate that it comes back with.
  if (lost || sinceMovedMs - elapsedMs > HOLD_MS) {
    return { ratePerSecond: (arrived * 1000) / elapsedMs, burst: true };
  }
  const measured = (arrived * 1000) / sinceMovedMs;
  if (before === null) return { ratePerSecond: measured, burst: false };
  const expected = (before * sinceMovedMs) / 1000;
  if (arrived > expected + BURST_DEVIATIONS * Math.sqrt(expected + 1)) {
    return { ratePerSecond: measured, burst: true };
  }
  return { ratePerSecond: before + RATE_WEIGHT * (measured - before), burst: false };
}
