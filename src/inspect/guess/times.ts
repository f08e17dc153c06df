import { faultOfPlainTime } from '../../dataset/declaration-rules.js';
import { eventTimesOf } from '../../dataset/event-time.js';
import { AHEAD_MAX_MS } from '../../dataset/record.js';
import type { ReadTime } from '../../dataset/time-spellings.js';
import { type Facts, isWritable, share, wordsOf } from './facts.js';

export interface GuessedTime {
  readonly field: string;
  readonly format: string;
  readonly zone: string;
  /** Its column's type. */
  readonly type: 'text' | 'integer' | 'number';
  /** The row has to carry the instant, which takes `compact: time`. */
  readonly isCarried: boolean;
  readonly why: string;
  /** Why that zone, where the times name none. */
  readonly whyZone: string | undefined;
}

/** Named formats first; of patterns, those that are read in one way alone. */
const FORMATS = [
  'rfc1123',
  'python_logging',
  'iso8601',
  ...['%Y/%m/%d %H:%M:%S', '%Y/%m/%d %H:%M', '%Y%m%d%H%M%S', '%d/%b/%Y:%H:%M:%S %z'],
  ...['%d %b %Y %H:%M:%S', '%a %b %d %H:%M:%S %Y', '%a %b %d %H:%M:%S %Z %Y', '%b %d, %Y %I:%M:%S %p'],
  ...['%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M', '%d-%m-%Y %H:%M:%S', '%m/%d/%Y %I:%M:%S %p'],
];
/** Each may be the other: what lies nearer to now is meant. */
const EITHER = ['%d/%m/%Y %H:%M:%S', '%m/%d/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%m/%d/%Y %H:%M'];
const DATES = ['%Y-%m-%d', '%Y%m%d'];
const EPOCHS = ['epoch_s', 'epoch_ms'];

const SHARE_MIN = 0.9;
/** Before it, digits are rather a number than a time. */
const OLDEST_MS = Date.UTC(2000, 0);
const HALF_HOUR_MS = 1_800_000;
const MINUTE_MS = 60_000;
const ZONE_MS_MAX = 14 * 3_600_000;

const WORDS: Readonly<Record<string, number>> = {
  ...{ event: 3, occurred: 3, created: 3, timestamp: 3, ts: 3, logged: 3, happened: 3 },
  ...{ time: 2, date: 2, datetime: 2, at: 2, when: 2, epoch: 2, published: 2, placed: 2, on: 1 },
  ...{ start: 1, started: 1, received: 1, inserted: 1 },
};
/** Times of something else: of a change that comes later, or of what has not come yet. */
const OTHERS = [
  'updated',
  'modified',
  'changed',
  'expires',
  'expiry',
  'expired',
  'expiration',
  'deleted',
].concat([
  'due',
  'end',
  'ended',
  'until',
  'next',
  'scheduled',
  'birth',
  'dob',
  'closed',
  'finished',
  'login',
]);

function rankOf(name: string): number {
  const words = wordsOf(name);
  const own = Math.max(0, ...words.map((word) => WORDS[word] ?? 0));
  return words.some((word) => OTHERS.includes(word)) ? own - 4 : own;
}

/** The field that says when a record happened, best first; none where none reads as a time. */
export function guessTime(facts: Iterable<Facts>, arrivalMs: number): GuessedTime | undefined {
  const found = [...facts].flatMap((each) => {
    const rank = rankOf(each.name);
    const guess = isWritable(each.name) ? readAs(each, rank, arrivalMs) : undefined;
    return guess ? [{ guess, rank }] : [];
  });
  return found.sort((a, b) => b.rank - a.rank)[0]?.guess;
}

interface Reading {
  readonly format: string;
  readonly times: readonly ReadTime[];
  readonly newestMs: number;
}

function readAs(facts: Facts, rank: number, arrivalMs: number): GuessedTime | undefined {
  const { name, of, values, types } = facts;
  const isText = (types.get('string') ?? 0) >= of * SHARE_MIN;
  const numbers = (types.get('integer') ?? 0) + (types.get('float') ?? 0);
  if (!isText && (numbers < of * SHARE_MIN || rank < 1)) return undefined;
  const spellings = values.map(({ type, text, json }) => (type === 'string' ? text : json));
  const read = (format: string): Reading[] => reading(format, spellings, of, arrivalMs);
  const epochs = rank < 1 ? [] : EPOCHS.flatMap(read).filter(({ times }) => times.every(isOfOurDays));
  const [named] = isText ? FORMATS.flatMap(read).concat(epochs) : epochs;
  const ambiguous = isText && !named ? EITHER.flatMap(read) : [];
  const nearest = ambiguous.sort(
    (a, b) => Math.abs(arrivalMs - a.newestMs) - Math.abs(arrivalMs - b.newestMs),
  );
  const best = named ?? nearest[0] ?? (isText ? DATES.flatMap(read)[0] : undefined);
  if (!best) return undefined;
  const { format } = best;
  const { zone, whyZone } = zoneOf(best, arrivalMs);
  const type = isText ? 'text' : types.has('float') ? 'number' : 'integer';
  const other = nearest[1] ? `; ${nearest[1].format} would fit, too, and be further from now: look` : '';
  return {
    ...{ field: name, format, zone, type, whyZone },
    isCarried: isText && faultOfPlainTime({ format, zone }) !== undefined,
    why: `read so in ${share(best.times.length, of)}${other}`,
  };
}

const isOfOurDays = ({ epochMs }: ReadTime): boolean => epochMs >= OLDEST_MS;

/** None where too few are read, or one lies in the future. */
function reading(format: string, spellings: readonly string[], of: number, arrivalMs: number): Reading[] {
  const { read } = eventTimesOf({ field: '', format, zone: 'UTC' });
  const times = spellings.flatMap((text) => read(text) ?? []);
  const newestMs = times.reduce((newest, { epochMs }) => Math.max(newest, epochMs), -Infinity);
  return times.length > 0 && times.length >= of * SHARE_MIN && newestMs <= arrivalMs + AHEAD_MAX_MS
    ? [{ format, times, newestMs }]
    : [];
}

/** Of times that name no zone: where they would be ahead of the clock as UTC, the zone that has them be of now. */
function zoneOf({ times, newestMs }: Reading, arrivalMs: number): Pick<GuessedTime, 'zone' | 'whyZone'> {
  const local = times.filter(({ isLocal }) => isLocal).length;
  if (local === 0) return { zone: 'UTC', whyZone: undefined };
  const aheadMs = newestMs - arrivalMs;
  const named = `${share(local, times.length)} name no zone`;
  if (aheadMs <= MINUTE_MS || aheadMs > ZONE_MS_MAX)
    return { zone: 'UTC', whyZone: `${named}: taken for UTC; else say which, such as Europe/Berlin` };
  const minutes = (Math.ceil(aheadMs / HALF_HOUR_MS) * HALF_HOUR_MS) / MINUTE_MS;
  const zone = `+${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return {
    zone,
    whyZone: `${named}, and as UTC the newest would be ahead of the clock; better the region, such as Europe/Berlin`,
  };
}

const two = (number: number): string => String(number).padStart(2, '0');
