/** What the generated records are made of. Two servers with equal options make equal records. */
export interface SeriesOptions {
  readonly seed: number;
  /** Id of the first record. */
  readonly firstId: number;
  /** Records per second of the wall clock. */
  readonly rate: number;
  /** Seconds of event time per second of the wall clock. */
  readonly speed: number;
  /** Event time of the record that is the newest at the start. */
  readonly startMs: number;
  /** Wall clock at the start: event time never runs ahead of it. */
  readonly anchorMs: number;
  /** Records that exist at the start; at least 1. */
  readonly history: number;
  /** Bursts and lulls, not overlapping, in ascending order. */
  readonly profile: readonly RateStep[];
  /** Ids that are never given out. */
  readonly jumps: readonly IdJump[];
  /** Records whose event time lies back. */
  readonly late: readonly Lateness[];
  /** Share of records that stand in an answer twice, with the same content. */
  readonly duplicates: number;
  /** Share of records that stand in an answer twice, the second time with other content. */
  readonly conflicts: number;
}

/** From `fromMs` until `toMs` after the start the rate is `factor` times as high; 0 for no records at all. */
export interface RateStep {
  readonly fromMs: number;
  readonly toMs: number;
  readonly factor: number;
}

/** The id of record number `at` (counted from 0) and all after it are `by` higher. */
export interface IdJump {
  readonly at: number;
  readonly by: number;
}

/** This share of the records happened between half of `byMs` and `byMs` before their turn. */
export interface Lateness {
  readonly share: number;
  readonly byMs: number;
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The exercise's first id, and its measured rate: 5,150 records in 51 minutes. */
export const SERIES_DEFAULTS = {
  seed: 1,
  firstId: 2_462_380,
  rate: 1.68,
  speed: 1,
  history: 1,
  profile: [],
  jumps: [],
  late: [],
  duplicates: 0,
  conflicts: 0,
} as const satisfies Omit<SeriesOptions, 'startMs' | 'anchorMs'>;

/** A quarter to the full hour, 30 days ago: the first event hour ends after 15 minutes of event time. */
export function defaultStartMs(nowMs: number): number {
  return Math.floor((nowMs - 30 * DAY_MS) / HOUR_MS) * HOUR_MS + 0.75 * HOUR_MS;
}

/** Fills in the defaults; `nowMs` is the wall clock. Throws RangeError for what makes no series. */
export function seriesOptions(given: Partial<SeriesOptions>, nowMs: number): SeriesOptions {
  const anchorMs = given.anchorMs ?? nowMs;
  const options: SeriesOptions = {
    seed: given.seed ?? SERIES_DEFAULTS.seed,
    firstId: given.firstId ?? SERIES_DEFAULTS.firstId,
    rate: given.rate ?? SERIES_DEFAULTS.rate,
    speed: given.speed ?? SERIES_DEFAULTS.speed,
    startMs: given.startMs ?? defaultStartMs(anchorMs),
    anchorMs,
    history: given.history ?? SERIES_DEFAULTS.history,
    profile: given.profile ?? SERIES_DEFAULTS.profile,
    jumps: given.jumps ?? SERIES_DEFAULTS.jumps,
    late: given.late ?? SERIES_DEFAULTS.late,
    duplicates: given.duplicates ?? SERIES_DEFAULTS.duplicates,
    conflicts: given.conflicts ?? SERIES_DEFAULTS.conflicts,
  };
  const wrong = [
    !(options.rate > 0 && options.rate <= 1e6) && 'rate must be above 0 and at most 1,000,000',
    !(options.speed > 0) && 'speed must be above 0',
    !Number.isSafeInteger(options.firstId) && 'firstId must be an integer',
    !Number.isSafeInteger(options.seed) && 'seed must be an integer',
    !(Number.isSafeInteger(options.history) && options.history >= 1) &&
      'history must be an integer of at least 1',
    !(Math.abs(options.startMs) <= 8.64e15) && 'startMs must be a time',
  ].filter((fault) => typeof fault === 'string');
  if (wrong.length > 0) throw new RangeError(`the sample API cannot start: ${wrong.join('; ')}`);
  return options;
}
