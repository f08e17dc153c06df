import type { ActivityOptions } from '@temporalio/workflow';

/**
 * Every time-out and retry, in one table. Default retries never end and default time-outs are infinite: each row says how
 * long one attempt may take, how long all of them together, and how soon a dead worker is noticed (heartbeat).
 */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * First retry soon (a 502 is over in a moment, and the window moves on). After some eight seconds the poll has failed, and the
 * workflow waits ever longer before the next one (source-down.ts): its memory of that passes from slot to slot, and is seen.
 */
const SOURCE_RETRY = {
  initialInterval: 250,
  backoffCoefficient: 2,
  maximumAttempts: 6,
} as const;

/**
 * Storage that refuses for hours must not cost a slot: everything is archived, so patience is free. An unexpected error of our own
 * ends it at the tenth try, after some four minutes (activities/failures.ts): the run fails, is seen, and is begun again by the next
 * slot, whose survey finds what is left.
 */
const STORAGE_RETRY = {
  initialInterval: SECOND,
  backoffCoefficient: 2,
  maximumInterval: MINUTE,
} as const;

export const TIMEOUTS = {
  /**
   * `scheduleToCloseTimeout` is set at each call: what is left of the slot. A dead worker is noticed within seconds, since
   * the window moves on meanwhile.
   */
  fetch: {
    startToCloseTimeout: MINUTE,
    heartbeatTimeout: 5 * SECOND,
    retry: SOURCE_RETRY,
  },
  survey: {
    startToCloseTimeout: 5 * MINUTE,
    scheduleToCloseTimeout: HOUR,
    heartbeatTimeout: MINUTE,
    retry: STORAGE_RETRY,
  },
  /** decrypt, compact, partition, gzip, upload: a batch takes a second or two. */
  process: {
    startToCloseTimeout: 5 * MINUTE,
    scheduleToCloseTimeout: 6 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: STORAGE_RETRY,
  },
  /** The same, behind a step whose blob one worker holds in memory: a worker that is gone is not waited for. */
  held: {
    startToCloseTimeout: 5 * MINUTE,
    scheduleToStartTimeout: 10 * SECOND,
    scheduleToCloseTimeout: 6 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: STORAGE_RETRY,
  },
  /** merge, gzip, upload, settle: an hour may be large. */
  seal: {
    startToCloseTimeout: HOUR,
    scheduleToCloseTimeout: 7 * 24 * HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: STORAGE_RETRY,
  },
  /** The hour is sealed by then: what the catalogue refuses for longer fails the run, and is seen. */
  register: {
    startToCloseTimeout: MINUTE,
    scheduleToCloseTimeout: HOUR,
    heartbeatTimeout: 30 * SECOND,
    retry: STORAGE_RETRY,
  },
  /** Scratch that is not removed now is removed by a later sweep. */
  sweep: {
    startToCloseTimeout: MINUTE,
    scheduleToCloseTimeout: 5 * MINUTE,
    heartbeatTimeout: 30 * SECOND,
    retry: STORAGE_RETRY,
  },
} as const satisfies Record<string, ActivityOptions>;

/** The longest timer: the server takes none of 292 years, which a nonsensical hour would need. */
export const WAIT_MS_MAX = 30 * 24 * HOUR;
/** An attempt at the source goes on at least this long, even where the slot has less left. */
export const FETCH_ATTEMPTS_MIN_MS = 20 * SECOND;
/** Of a timer this short the server may make 1 s more (history.timerProcessorMaxTimeShift): the activity waits instead. */
export const SHORT_WAIT_MS = 2 * SECOND;
/** At short intervals the worker asks by itself, and reports this often. */
export const REPORT_MS = 5 * SECOND;
/** So long it asks on after a report, for the next one or the next run: Temporal may have much else to do. */
export const LINGER_MS = 30 * SECOND;
/** A staged blob that is gone, or a seal that another one overtook: start that piece again, this often. */
export const RESTARTS_MAX = 5;
/**
 * So often one seal looks for answers that nobody has carried; each look carries up to LIMITS.forgottenMax of
 * them.
 */
export const FORGOTTEN_LOOKS_MAX = 100;
/** Tries to start or signal a child that closes between the two. */
export const NUDGES_MAX = 8;
/** Scratch older than this belongs to nobody. */
export const SCRATCH_LIFE_MS = 24 * HOUR;
/**
 * Raw names are remembered until they are this much older than the newest processed one, for answers stored
 * out of order.
 */
export const MEMORY_MS = 10 * MINUTE;
/** A quiet source repeats its last records at every poll; ledgers of sealed hours count that once in so many idle times. */
export const QUIET_IDLES = 12;
/** Hours whose seals one run starts or signals at once, and remembers as open. */
export const OPEN_HOURS_MAX = 500;
