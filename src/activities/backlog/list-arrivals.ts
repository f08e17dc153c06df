import pMap from 'p-map';
import { addHours, type Hour } from '../../dataset/hour.js';
import { type HoursByDay, HourSet } from '../../dataset/hour-set.js';
import {
  arrivalHour,
  quarantineHourPrefix,
  quarantinePrefix,
  rawHourPrefix,
  rawPrefix,
} from '../../lake/keys.js';
import { quarantinedNameAt, rawNameAt } from '../../lake/names.js';
import { LIMITS } from '../../limits.js';
import type { Storage } from '../../storage/port.js';
import type { ActivityDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';

export interface ArrivalsInput {
  readonly dataset: string;
  /** The archive, or what of it stands in quarantine. */
  readonly of: 'raw' | 'quarantine';
  /** Hour to go on behind; null: from the start. */
  readonly after: Hour | null;
  /** Hours are told one by one where they are few days, so that each of so many who share them has some. */
  readonly shares: number;
}

export interface ArrivalsResult {
  readonly hours: HoursByDay;
  /** The hour to go on behind; null: it was the last page. */
  readonly next: Hour | null;
}

/** The days in which something arrived, or the hours where they are few days: in leaps, without a listing of all that lies there. */
export type ListArrivals = (input: ArrivalsInput) => Promise<ArrivalsResult>;

const PLACES = {
  raw: { prefixOf: rawPrefix, hourPrefixOf: rawHourPrefix, nameAt: rawNameAt },
  quarantine: {
    prefixOf: quarantinePrefix,
    hourPrefixOf: quarantineHourPrefix,
    nameAt: quarantinedNameAt,
  },
} as const;

/** Each leap is a request, and waits for the one before it: those of other years, months and days go on meanwhile. */
const LEAPS_AT_ONCE = 16;

export const createListArrivals =
  ({ storage }: Pick<ActivityDeps, 'storage'>, daysMax: number = LIMITS.arrivalDaysMax): ListArrivals =>
  async ({ dataset, of, after, shares }) => {
    const firstFrom: FirstFrom = (from) => firstArrival(storage, dataset, PLACES[of], from);
    let found = await leap(firstFrom, await firstFrom(after && addHours(after, 1)), 'year', undefined);
    for (const unit of ['month', 'day'] as const) found = await within(firstFrom, found, unit);
    const days = found.slice(0, daysMax);
    const hours = new HourSet();
    if (days.length < shares) hours.addAll((await within(firstFrom, days, 'hour')).map(({ first }) => first));
    else
      for (const { first, end } of days)
        for (let hour = first; hour < end; hour = addHours(hour, 1)) hours.add(hour);
    return {
      hours: hours.stored(),
      next: found.length > days.length ? addHours(days.at(-1)!.end, -1) : null,
    };
  };

/** The hour of the first arrival in this hour or behind it. */
type FirstFrom = (from: Hour | null) => Promise<Hour | undefined>;

/** A year, a month or a day: its first hour in which something arrived, and the hour behind its last. */
interface Span {
  readonly first: Hour;
  readonly end: Hour;
}

/** The parts of these spans in which something arrived. */
async function within(firstFrom: FirstFrom, spans: readonly Span[], unit: Unit): Promise<Span[]> {
  const parts = ({ first, end }: Span): Promise<Span[]> => leap(firstFrom, first, unit, end);
  return (await pMap(spans, parts, { concurrency: LEAPS_AT_ONCE })).flat();
}

/** From unit to unit, over those in which nothing arrived. */
async function leap(
  firstFrom: FirstFrom,
  first: Hour | undefined,
  unit: Unit,
  end: Hour | undefined,
): Promise<Span[]> {
  const found: Span[] = [];
  for (let at: Hour | undefined = first; at !== undefined && (end === undefined || at < end);) {
    const behind = END_OF[unit](at);
    found.push({ first: at, end: behind });
    const next = end !== undefined && behind >= end ? undefined : await firstFrom(behind);
    // Behind the year 9999 there is no hour.
    at = next !== undefined && next > at ? next : undefined;
  }
  return found;
}

const END_OF = {
  year: (hour: Hour): Hour => `${four(Number(hour.slice(0, 4)) + 1)}-01-01T00` as Hour,
  month: (hour: Hour): Hour => startOf(addHours(`${hour.slice(0, 7)}-01T00` as Hour, 31 * 24), 'month'),
  day: (hour: Hour): Hour => addHours(startOf(hour, 'day'), 24),
  hour: (hour: Hour): Hour => addHours(hour, 1),
} as const;
type Unit = keyof typeof END_OF;

const four = (year: number): string => String(year).padStart(4, '0');
const startOf = (hour: Hour, unit: 'month' | 'day'): Hour =>
  (unit === 'month' ? `${hour.slice(0, 7)}-01T00` : `${hour.slice(0, 10)}T00`) as Hour;

/** The hour of the first name in this hour's folder or behind it. */
async function firstArrival(
  storage: Storage,
  dataset: string,
  { prefixOf, hourPrefixOf, nameAt }: (typeof PLACES)[keyof typeof PLACES],
  from: Hour | null,
): Promise<Hour | undefined> {
  currentPulse().beat();
  // What lies in the folder comes after its prefix.
  const startAfter = from === null ? '' : hourPrefixOf(dataset, from);
  for await (const key of storage.keys(prefixOf(dataset), { startAfter })) {
    const name = nameAt(dataset, key);
    if (name !== undefined) return arrivalHour(name);
  }
  return undefined;
}
