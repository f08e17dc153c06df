import {
  initialPace,
  nextPace,
  type PaceLimits,
  type PaceState,
} from '../../../src/activities/fetch/pace.js';
import type { Arrivals } from './pace-arrivals.js';

/** A source in virtual time, the real nextPace, and a loop that polls as the workflow does. */
export interface Simulation {
  readonly arrivals: Arrivals;
  readonly hours: number;
  readonly random: () => number;
  readonly limits?: Partial<PaceLimits>;
  /** The id of the n-th record; ids go up by one from 1 when it is left out. */
  readonly idOf?: (n: number) => number;
  /** From when to when the source gives no answer. */
  readonly outages?: readonly (readonly [fromMs: number, toMs: number])[];
  /** At this time the source forgets everything and counts from its first id again. */
  readonly resetAtMs?: number;
  /** Polls from here on are counted in `late`, too. */
  readonly lateFromMs?: number;
}

export interface Loss {
  readonly atMs: number;
  readonly from: number;
  readonly to: number;
}

export interface SimulationResult {
  readonly records: number;
  readonly polls: number;
  /** As nextPace told them. */
  readonly told: readonly Loss[];
  /** As the simulator knows them: ids that no answer showed, though a later one was shown. */
  readonly real: readonly Loss[];
  readonly lostRecords: number;
  readonly rewinds: number;
  readonly stalls: number;
  readonly late: { readonly polls: number; readonly records: number };
  readonly state: PaceState;
}

export const WINDOW = 100;
/** Records that the source has when it is first asked. */
const HISTORY = 1_000;
const LIMITS: PaceLimits = { pollMinMs: 200, pollMaxMs: 300_000, mode: 'paced', contiguousIds: true };
/** What lies between a timer that fires and the request that leaves. */
const QUEUE_MS = [5, 60] as const;
const LATENCY_MS = [30, 120] as const;
const RETRY_MS = [250, 30_000] as const;

export function simulate(options: Simulation): SimulationResult {
  const {
    arrivals,
    random,
    idOf = (n) => n,
    outages = [],
    resetAtMs = Infinity,
    lateFromMs = Infinity,
  } = options;
  const limits = { ...LIMITS, ...options.limits };
  const endMs = options.hours * 3_600_000;
  const within = ([from, to]: readonly [number, number]): number => from + random() * (to - from);
  const down = (ms: number): boolean => outages.some(([from, to]) => ms >= from && ms < to);
  const told: Loss[] = [];
  const real: Loss[] = [];
  const late = { polls: 0, records: 0 };
  let state = initialPace;
  let [polls, rewinds, stalls, lostRecords, records] = [0, 0, 0, 0, 0];
  let shown = 0;
  let forgotten = 0;
  let freeMs = 0;
  for (;;) {
    let askedAtMs = Math.max(state.dueAtMs, freeMs) + within(QUEUE_MS);
    let waitMs: number = RETRY_MS[0];
    for (; down(askedAtMs); waitMs = Math.min(waitMs * 2, RETRY_MS[1]))
      askedAtMs += within(LATENCY_MS) + waitMs;
    if (askedAtMs >= endMs) break;
    const latencyMs = within(LATENCY_MS);
    // Somewhere on the way there and back the source looks at its records.
    const lookedMs = askedAtMs + latencyMs * random();
    freeMs = askedAtMs + latencyMs;
    const all = HISTORY + arrivals(lookedMs);
    if (lookedMs >= resetAtMs && forgotten === 0) {
      forgotten = all;
      shown = 0;
    }
    const newest = all - forgotten;
    const oldest = Math.max(1, newest - WINDOW + 1);
    const count = newest - oldest + 1;
    const afterId = state.newestId;
    let fresh = 0;
    for (let n = newest; n >= oldest && (afterId === null || idOf(n) > afterId); n -= 1) fresh += 1;
    const known = polls > 0;
    if (known && oldest > shown + 1 && newest > 0 && !(forgotten > 0 && shown === 0)) {
      real.push({ atMs: askedAtMs, from: shown + 1, to: oldest - 1 });
      lostRecords += oldest - 1 - shown;
    }
    if (polls > 0) records += Math.max(0, newest - shown);
    if (askedAtMs >= lateFromMs) {
      late.polls += 1;
      late.records += Math.max(0, newest - shown);
    }
    shown = Math.max(shown, newest);
    polls += 1;
    const step = nextPace(
      state,
      {
        askedAtMs,
        records: count,
        oldestId: count === 0 ? null : idOf(oldest),
        newestId: count === 0 ? null : idOf(newest),
        fresh,
        bodySha256: String(polls),
      },
      limits,
    );
    state = step.state;
    if (step.lost) told.push({ atMs: askedAtMs, ...step.lost });
    if (step.rewound) rewinds += 1;
    if (step.stalled) stalls += 1;
  }
  return { records, polls, told, real, lostRecords, rewinds, stalls, late, state };
}

/** Polls over the least possible number: records / window. */
export const effort = ({ polls, records }: { polls: number; records: number }): number =>
  polls / (records / WINDOW);
