import { draw } from './random.js';
import type { RateStep, SeriesOptions } from './series-options.js';

/** Records are spaced in blocks, so that the time of any record takes one block to compute, not all before it. */
const BLOCK = 64;
/** Gaps of 0.3 s to 2 s with a mean of 0.595 s, as the real API has at 1.68 records a second. */
const GAP_MIN = 0.3;
const GAP_RANGE = 1.7;
const GAP_EXPONENT = 4.76;
/** Rounding must not hide a record at the very instant when it is due. */
const EPSILON = 1e-9;

/** When which record comes: everything in milliseconds since the start, except `eventMs`. */
export interface Timeline {
  /** Index (from 0) of the newest record at this time. */
  newestIndex(elapsedMs: number): number;
  /** When the record comes; negative for the history. */
  dueMs(index: number): number;
  /** Event time (milliseconds since 1970). */
  eventMs(index: number): number;
}

export function createTimeline(options: SeriesOptions): Timeline {
  const cache: { block: number; offsets: readonly number[] } = { block: -1, offsets: [] };
  const offsetsOf = (block: number): readonly number[] => {
    if (cache.block !== block) Object.assign(cache, { block, offsets: blockOffsets(options.seed, block) });
    return cache.offsets;
  };
  const position = (index: number): number => {
    const block = Math.floor(index / BLOCK);
    return block * BLOCK + (offsetsOf(block)[index - block * BLOCK] ?? 0);
  };
  const origin = position(options.history - 1);

  const newestIndex = (elapsedMs: number): number => {
    const reached = origin + progress(options, elapsedMs) + EPSILON;
    const block = Math.floor(reached / BLOCK);
    const offsets = offsetsOf(block);
    let last = 0;
    while (last + 1 < BLOCK && block * BLOCK + (offsets[last + 1] ?? BLOCK) <= reached) last++;
    return block * BLOCK + last;
  };
  const dueMs = (index: number): number => timeOfProgress(options, position(index) - origin);
  const eventMs = (index: number): number => {
    const due = dueMs(index);
    const onTimeMs = Math.min(options.startMs + due * options.speed, options.anchorMs + due);
    return Math.floor(onTimeMs + EPSILON) - lateByMs(options, index);
  };
  return { newestIndex, dueMs, eventMs };
}

/** Where the block's records stand in it, in mean gaps; the first at 0. */
function blockOffsets(seed: number, block: number): readonly number[] {
  const gaps = Array.from({ length: BLOCK }, (_, i) => {
    return GAP_MIN + GAP_RANGE * draw(seed, 'gap', block * BLOCK + i) ** GAP_EXPONENT;
  });
  const scale = BLOCK / gaps.reduce((sum, gap) => sum + gap, 0);
  let at = 0;
  return gaps.map((gap) => {
    const offset = at;
    at += gap * scale;
    return offset;
  });
}

/** Mean gaps that have passed after `elapsedMs`. */
function progress({ rate, profile }: SeriesOptions, elapsedMs: number): number {
  const extraMs = profile.reduce((sum, step) => sum + (step.factor - 1) * overlapMs(step, elapsedMs), 0);
  return ((elapsedMs + extraMs) * rate) / 1000;
}

function overlapMs(step: RateStep, elapsedMs: number): number {
  return Math.max(0, Math.min(elapsedMs, step.toMs) - step.fromMs);
}

/** The first instant at which that much progress is made. */
function timeOfProgress(options: SeriesOptions, target: number): number {
  let fromMs = 0;
  for (const step of options.profile) {
    const atStart = progress(options, step.fromMs);
    if (target <= atStart) break;
    if (target <= progress(options, step.toMs)) {
      return step.fromMs + ((target - atStart) * 1000) / (options.rate * step.factor);
    }
    fromMs = step.toMs;
  }
  return fromMs + ((target - progress(options, fromMs)) * 1000) / options.rate;
}

function lateByMs({ seed, late }: SeriesOptions, index: number): number {
  let shiftMs = 0;
  late.forEach((habit, which) => {
    const n = index * late.length + which;
    if (draw(seed, 'late', n) < habit.share)
      shiftMs += Math.floor(habit.byMs * (0.5 + draw(seed, 'lateBy', n) / 2));
  });
  return shiftMs;
}
