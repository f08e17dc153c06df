import { isNamable, wallMsOf, type WallTime, weekdayOf } from './instant.js';
import { fractionMs, MONTHS, type ReadTime, WEEKDAYS } from './time-spellings.js';
import type { Zone } from './zone.js';

/** Reads a time of one pattern; undefined for what is written otherwise, or was never shown by a clock. */
export type ReadPattern = (text: string, zone: Zone) => ReadTime | undefined;

const LONG_MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December';
const LONG_WEEKDAYS = 'Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday';

type Part =
  | 'year'
  | 'month'
  | 'day'
  | 'yearDay'
  | 'weekday'
  | 'hour'
  | 'half'
  | 'minute'
  | 'second'
  | 'fraction'
  | 'offset'
  | 'zone';

/** What each directive of strptime stands for; names are English, as in the C locale. `NN`: one or two digits. */
const DIRECTIVES: Readonly<Record<string, readonly [Part, string]>> = {
  Y: ['year', '\\d{4}'],
  y: ['year', '\\d\\d'],
  m: ['month', 'NN'],
  b: ['month', MONTHS.join('|')],
  h: ['month', MONTHS.join('|')],
  B: ['month', LONG_MONTHS],
  d: ['day', 'NN'],
  e: ['day', ' ?\\d{1,2}'],
  j: ['yearDay', '\\d{3}'],
  a: ['weekday', WEEKDAYS.join('|')],
  A: ['weekday', LONG_WEEKDAYS],
  H: ['hour', 'NN'],
  I: ['hour', 'NN'],
  p: ['half', 'AM|PM'],
  M: ['minute', 'NN'],
  S: ['second', 'NN'],
  f: ['fraction', '\\d{1,9}'],
  z: ['offset', 'Z|[+-]\\d\\d:?\\d\\d'],
  Z: ['zone', 'UTC|UT|GMT|Z'],
};
const SHORT_FOR: Readonly<Record<string, string>> = { F: '%Y-%m-%d', T: '%H:%M:%S', R: '%H:%M' };
const TOKEN = /%(.?)|[^%]+/gs;

type Groups = Readonly<Partial<Record<Part, string>>>;

/** A pattern of strptime, ready for work. Throws RangeError that says what is wrong with it, to be put behind its name. */
export function timePattern(pattern: string): ReadPattern {
  const whole = pattern.replaceAll(/%([FTR])/g, (_, short: string) => SHORT_FOR[short] ?? '');
  const parts = new Map<Part, string>();
  const tokens = [...whole.matchAll(TOKEN)];
  const isDigits = (at: number): boolean => '\\N'.includes(DIRECTIVES[tokens[at]?.[1] ?? '']?.[1][0] ?? '?');
  const source = tokens.map(([token, letter], at) => {
    if (letter === undefined || letter === '%') return literally(letter ?? token);
    const directive = DIRECTIVES[letter];
    if (!directive) throw new RangeError(`has ${token}, which is none of ${known()}`);
    const [part, form] = directive;
    if (parts.has(part)) throw new RangeError(`says the ${part} twice: %${parts.get(part)} and ${token}`);
    parts.set(part, letter);
    // Next to other digits, one digit could be read in two ways.
    const digits = isDigits(at - 1) || isDigits(at + 1) ? '\\d\\d' : '\\d{1,2}';
    return `(?<${part}>${form.replace('NN', digits)})`;
  });
  checkParts(parts);
  const expression = new RegExp(`^${source.join('')}$`, 'i');
  return (text, zone) => {
    const groups = expression.exec(text)?.groups as Groups | undefined;
    return groups && instantOf(groups, zone);
  };
}

function checkParts(parts: ReadonlyMap<Part, string>): void {
  if (!parts.has('year')) throw new RangeError('has no year: write %Y or %y');
  if (!parts.has('yearDay') && !(parts.has('month') && parts.has('day')))
    throw new RangeError('has no month and day: write %m and %d, or %j');
  if ((parts.get('hour') === 'I') !== parts.has('half'))
    throw new RangeError('has one of %I and %p, which mean nothing without each other');
}

const known = (): string =>
  [...Object.keys(DIRECTIVES), ...Object.keys(SHORT_FOR), '%'].map((letter) => `%${letter}`).join(' ');

const literally = (text: string): string =>
  text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&').replaceAll(/\s+/g, '\\s+');

function instantOf(groups: Groups, zone: Zone): ReadTime | undefined {
  const wallMs = wallMsOf(wallOf(groups));
  const { weekday, yearDay } = groups;
  if (wallMs === undefined) return undefined;
  if (weekday !== undefined && weekdayOf(wallMs) !== indexOf(WEEKDAYS, weekday)) return undefined;
  if (yearDay !== undefined && dayOfYear(wallMs) !== Number(yearDay)) return undefined;
  const isLocal = groups.offset === undefined && groups.zone === undefined;
  const offsetMs = isLocal ? zone.offsetMsAt(wallMs) : offsetMsOf(groups);
  if (offsetMs === undefined) return undefined;
  const epochMs = wallMs - offsetMs;
  return isNamable(epochMs) ? { epochMs, isLocal } : undefined;
}

function wallOf({ year = '', month, day, yearDay, half, ...time }: Groups): WallTime {
  const { hour = '0', minute = 0, second = 0, fraction = '' } = time;
  const fullYear = year.length === 2 ? Number(year) + (Number(year) < 69 ? 2_000 : 1_900) : Number(year);
  const date =
    month === undefined || day === undefined
      ? dateOf(fullYear, Number(yearDay))
      : { month: monthOf(month), day: Number(day) };
  return {
    year: fullYear,
    ...date,
    hour: half === undefined ? Number(hour) : hourOfHalf(Number(hour), half),
    minute: Number(minute),
    second: Number(second),
    ms: fractionMs(fraction),
  };
}

const indexOf = (names: readonly string[], name: string): number =>
  names.findIndex((short) => short.toLowerCase() === name.slice(0, 3).toLowerCase());
const monthOf = (month: string): number => (/^\d/.test(month) ? Number(month) : indexOf(MONTHS, month) + 1);

/** NaN, which no clock shows, for 0 and 13. */
const hourOfHalf = (hour: number, half: string): number =>
  hour < 1 || hour > 12 ? NaN : (hour % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);

const DAY_MS = 86_400_000;
const newYearMs = (year: number): number => new Date(0).setUTCFullYear(year, 0, 1);

function dateOf(year: number, yearDay: number): { readonly month: number; readonly day: number } {
  const date = new Date(newYearMs(year) + (yearDay - 1) * DAY_MS);
  return { month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

const dayOfYear = (wallMs: number): number =>
  Math.floor((wallMs - newYearMs(new Date(wallMs).getUTCFullYear())) / DAY_MS) + 1;

/** undefined for what no zone has, and for an offset beside a name that means another. */
function offsetMsOf({ offset = 'Z', zone }: Groups): number | undefined {
  if (/^z$/i.test(offset)) return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
  if (hours > 23 || minutes > 59) return undefined;
  const offsetMs = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  return zone !== undefined && offsetMs !== 0 ? undefined : offsetMs;
}
