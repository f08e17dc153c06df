import { hourStartMs } from '../../dataset/hour.js';
import type { HourFacts } from './gather.js';

/** What a line of a chart shows at one place: an hour, or a day or month of them where hours would be too many to see. */
export interface Bucket {
  readonly startMs: number;
  /** `2023-04-20T13`, `2023-04-20` or `2023-04` */
  readonly name: string;
  readonly hours: number;
  readonly landed: number;
  readonly late: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly missing: number;
  readonly lagMedianMs: number;
  readonly lagMaxMs: number;
}

export type Grain = 'hour' | 'day' | 'month';

/** Beyond this many, points of a line run into each other. */
const POINTS_MAX = 1_200;
const DAY_MS = 86_400_000;

/** The finest grain whose buckets can be told apart, over the whole span (also where hours are few and far between). */
export function grainOf(hours: readonly HourFacts[]): Grain {
  const first = hours[0];
  const last = hours.at(-1);
  if (!first || !last) return 'hour';
  const spanMs = hourStartMs(last.hour) - hourStartMs(first.hour);
  if (spanMs <= 14 * DAY_MS) return 'hour';
  return spanMs / DAY_MS <= POINTS_MAX ? 'day' : 'month';
}

const LENGTHS: Readonly<Record<Grain, number>> = { hour: 13, day: 10, month: 7 };
const ENDINGS: Readonly<Record<Grain, string>> = { hour: ':00Z', day: '', month: '-01' };

export function bucketsOf(hours: readonly HourFacts[], grain: Grain): Bucket[] {
  const groups = new Map<string, HourFacts[]>();
  for (const facts of hours) {
    const name = facts.hour.slice(0, LENGTHS[grain]);
    const group = groups.get(name);
    if (group) group.push(facts);
    else groups.set(name, [facts]);
  }
  return [...groups].map(([name, group]) => bucketOf(name, Date.parse(`${name}${ENDINGS[grain]}`), group));
}

function bucketOf(name: string, startMs: number, group: readonly HourFacts[]): Bucket {
  const sum = (of: (facts: HourFacts) => number): number =>
    group.reduce((total, facts) => total + of(facts), 0);
  const lags = group.map(({ lagMs }) => lagMs).sort((a, b) => a - b);
  return {
    ...{ name, startMs, hours: group.length },
    landed: sum(({ landed }) => landed),
    late: sum(({ late }) => late),
    duplicates: sum(({ duplicates }) => duplicates),
    quarantined: sum(({ quarantined }) => quarantined),
    missing: sum(({ missingCount }) => missingCount),
    lagMedianMs: lags[lags.length >> 1] ?? 0,
    lagMaxMs: lags.at(-1) ?? 0,
  };
}
