import type { Observation } from './observation.js';

/**
 * When to ask next. The source shows only its newest records (a window); polls are spaced so that each window
 * overlaps the one before by about half. See docs/decisions/0004-pace.md for the roads not taken and the figures.
 * Pure: the workflow hands in the clock.
 */

export interface PaceLimits {
  readonly pollMinMs: number;
  readonly pollMaxMs: number;
  /** 'fixed' polls every pollMaxMs whatever happens: only there to be compared with. */
  readonly mode: 'paced' | 'fixed';
  /** false: ids may have holes of their own, so a hole says nothing and only disjoint windows do. */
  readonly contiguousIds: boolean;
  /** Where more can be asked for than the newest records: how many a page has. It shows less when there is less. */
  readonly pageRecords?: number;
}

export interface PaceState {
  /** null until one is known, and where ids are text. */
  readonly newestId: number | null;
  /** Raw name of the last answer that showed any, where ids are text: the next one is held against it. */
  readonly shownBy: string | null;
  readonly askedAtMs: number | null;
  /** When the last poll that showed something new was asked. */
  readonly movedAtMs: number | null;
  /** Records per second; while the source stands still, the rate that it had. null until it was seen to move. */
  readonly ratePerSecond: number | null;
  /** The largest window seen of late. */
  readonly window: number;
  /** Start to start. */
  readonly intervalMs: number;
  readonly dueAtMs: number;
  /** Polls in a row without a new id. */
  readonly stillPolls: number;
  /** Of those, how many came with other bytes: the source answers but does not move. */
  readonly stalledPolls: number;
  readonly bodySha256: string | null;
}

export interface PaceStep {
  readonly state: PaceState;
  /** Ids that the window moved past before we asked again; gone for good. */
  readonly lost: { readonly from: number; readonly to: number } | null;
  /** Ids are text, and the window shows none of those before: it moved past some, and how many nobody knows. */
  readonly passed: boolean;
  /** Share of the window already known, 0..1. */
  readonly overlap: number;
  /** The source has stood still for long enough, with new tokens, that somebody should look. */
  readonly stalled: boolean;
  /** The newest id went back by more than a window: another source, or one that was reset. */
  readonly rewound: boolean;
}

export const initialPace: PaceState = {
  newestId: null,
  shownBy: null,
  askedAtMs: null,
  movedAtMs: null,
  ratePerSecond: null,
  window: 0,
  intervalMs: 0,
  dueAtMs: 0,
  stillPolls: 0,
  stalledPolls: 0,
  bodySha256: null,
};

/**
 * So much of the window is to be new: 1 / 0.46 = 2.17 times the least possible number of polls, and room for the rate to
 * double. At 0.5, 150 records/s with uneven timers lost 12 of 27 million; at 0.46, 2 of 324 million.
 */
const TARGET_SHARE = 0.46;
/**
 * A burst began somewhere between two polls, so its rate may be many times the mean over that time. The next
 * poll comes this much sooner than the mean would have it, and the interval then grows from there.
 */
const PROBE_SHARE = 1 / 20;
/** The interval at most doubles from one poll to the next, whatever the rate is thought to be. */
const GROWTH = 2;
/**
 * While nothing comes, the interval is this share of a window at the rate before. The polls in which a stall
 * begins and ends see part of an interval and lower the rate by RATE_WEIGHT each: 0.5 / 0.85 / 0.85 = 0.69 of
 * a window is safe.
 */
const QUIET_SHARE = 0.5;
const FORGET_HALF_LIFE_MS = 30 * 60_000;
/** A poll that left late by up to this share of the interval brings the next one forward by as much. */
const LAG_SHARE_MAX = 0.5;
/** Stalled: so many polls with new tokens and no new id, in a time in which a whole window was to be expected. */
const STALLED_POLLS = 5;

/** Takes in what a poll showed and says when the next one is due. */
export function nextPace(previous: PaceState, seen: Observation, limits: PaceLimits): PaceStep {
  const rewound = wentBack(previous, seen);
  const base = rewound ? initialPace : previous;
  const window = limits.pageRecords ?? windowOf(base, seen, limits.contiguousIds);
  const progress = progressOf(base, seen, window, limits.contiguousIds);
  const { stood } = progress;
  const { ratePerSecond, burst } = nextRate(base, progress);
  const intervalMs = nextInterval({ base, progress, limits, ratePerSecond, burst, window });
  const stalledPolls = stood ? base.stalledPolls + (seen.bodySha256 === base.bodySha256 ? 0 : 1) : 0;
  return {
    state: {
      newestId: higher(base.newestId, seen.newestId),
      shownBy: seen.texts?.answer ?? (seen.newestId === null ? base.shownBy : null),
      askedAtMs: seen.askedAtMs,
      movedAtMs: stood ? base.movedAtMs : seen.askedAtMs,
      ratePerSecond,
      window,
      intervalMs,
      dueAtMs: nextDue(base, seen, limits, intervalMs),
      stillPolls: stood ? base.stillPolls + 1 : 0,
      stalledPolls,
      bodySha256: seen.bodySha256,
    },
    lost: progress.lost,
    passed: progress.passed,
    overlap: seen.records === 0 ? 1 : Math.max(0, seen.records - seen.fresh) / seen.records,
    stalled:
      stalledPolls >= STALLED_POLLS &&
      progress.sinceMovedMs >= (ratePerSecond === null ? limits.pollMaxMs : (window * 1000) / ratePerSecond),
    rewound,
  };
}

function nextInterval(input: {
  base: PaceState;
  progress: Progress;
  limits: PaceLimits;
  ratePerSecond: number | null;
  burst: boolean;
  window: number;
}): number {
  const { base, progress, limits, ratePerSecond, burst, window } = input;
  if (limits.mode === 'fixed') return limits.pollMaxMs;
  let wantedMs = Number.POSITIVE_INFINITY;
  if (ratePerSecond !== null) {
    const windowMs = (Math.max(1, window) * 1000) / ratePerSecond;
    if (progress.stood) wantedMs = windowMs * QUIET_SHARE * forgotten(progress.sinceMovedMs);
    else wantedMs = windowMs * TARGET_SHARE * (burst ? PROBE_SHARE : 1);
  }
  // Zero after the first poll, which knows nothing yet: the second comes as soon as allowed.
  const grownMs = base.intervalMs * GROWTH;
  return Math.round(Math.min(limits.pollMaxMs, Math.max(limits.pollMinMs, Math.min(wantedMs, grownMs))));
}

/** By what factor the interval of a source that stands still may stretch. */
function forgotten(sinceMovedMs: number): number {
  return 2 ** (Math.max(0, sinceMovedMs - HOLD_MS) / FORGET_HALF_LIFE_MS);
}

/** Timers and queues let each poll leave a little late; without this, 80 ms at 150 records/s would cost 12 of 100. */
function nextDue(base: PaceState, seen: Observation, limits: PaceLimits, intervalMs: number): number {
  if (limits.mode === 'fixed' || base.askedAtMs === null) return seen.askedAtMs + intervalMs;
  const lateMs = Math.max(0, seen.askedAtMs - base.dueAtMs);
  const sleepMs = intervalMs - Math.min(lateMs, intervalMs * LAG_SHARE_MAX);
  return Math.round(seen.askedAtMs + Math.max(limits.pollMinMs, sleepMs));
}

function higher(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

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
const HOLD_MS = 12 * 3_600_000;

/** What happened between the poll before and this one. */
interface Progress {
  /** Since the poll before; null when there is none, or the clock went back. */
  readonly elapsedMs: number | null;
  /** Since the last poll that showed something new: quiet polls in between count into the rate, too. */
  readonly sinceMovedMs: number;
  readonly lost: PaceStep['lost'];
  readonly passed: boolean;
  /** Records, including those that are lost. */
  readonly arrived: number;
  /** There was a poll before, and this one showed nothing new. */
  readonly stood: boolean;
}

/** A little is no reset: answers of a source with several servers may lag behind each other. */
function wentBack({ newestId, window }: PaceState, seen: Observation): boolean {
  return newestId !== null && seen.newestId !== null && seen.newestId <= newestId - Math.max(1, window);
}

/** Learned from the answers. A record that an answer holds twice takes a place, but covers no more time. */
function windowOf(base: PaceState, seen: Observation, contiguousIds: boolean): number {
  const { records, oldestId, newestId, texts } = seen;
  if (texts) return Math.max(texts.shown, Math.floor(base.window * 0.9));
  // An empty answer says nothing about how many records the source shows when it has some.
  if (oldestId === null || newestId === null) return base.window;
  const shown = contiguousIds ? Math.min(records, newestId - oldestId + 1) : records;
  return Math.max(shown, Math.floor(base.window * 0.9));
}

function progressOf(base: PaceState, seen: Observation, window: number, contiguousIds: boolean): Progress {
  const lost = lostRange(base, seen);
  const passed = seen.texts?.overlaps === false;
  const sinceAskedMs = base.askedAtMs === null ? 0 : seen.askedAtMs - base.askedAtMs;
  const sinceMovedMs = Math.max(sinceAskedMs, seen.askedAtMs - (base.movedAtMs ?? seen.askedAtMs));
  let arrived = base.askedAtMs === null ? 0 : seen.fresh;
  if (lost) {
    const passed = contiguousIds ? lost.to - lost.from + 1 + seen.fresh : seen.fresh;
    arrived = Math.max(seen.fresh, Math.min(passed, window * LOSS_WINDOWS_MAX));
  }
  const stood = base.askedAtMs !== null && arrived === 0;
  return { elapsedMs: sinceAskedMs > 0 ? sinceAskedMs : null, sinceMovedMs, lost, passed, arrived, stood };
}

/** A window that starts right after the one before has lost nothing, though the two do not overlap. */
function lostRange(base: PaceState, seen: Observation): PaceStep['lost'] {
  if (base.newestId === null || seen.oldestId === null || seen.oldestId <= base.newestId + 1) return null;
  return { from: base.newestId + 1, to: seen.oldestId - 1 };
}

/** `burst`: more came than scatter explains, so the rate is a guess from below. */
function nextRate(
  { ratePerSecond: before }: PaceState,
  { arrived, elapsedMs, sinceMovedMs, lost, passed }: Progress,
): { readonly ratePerSecond: number | null; readonly burst: boolean } {
  if (arrived === 0 || elapsedMs === null) return { ratePerSecond: before, burst: lost !== null || passed };
  // Back from a long stall: the time without records says nothing about the rate that it comes back with.
  if (lost || passed || sinceMovedMs - elapsedMs > HOLD_MS) {
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
