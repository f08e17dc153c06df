/** `2023-04-20T13:12:06.819Z`: how the source, and JavaScript, write a time. */
const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Years 0001 to 9999, which is what an hour's name can hold. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Parts of a date and a time of day as they were written. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Whole milliseconds; a finer fraction is cut off. */
  readonly ms: number;
}

export function isCanonicalTime(text: string): boolean {
  return text.length === 24 && CANONICAL.test(text);
}

/** Whether a time of the canonical form ever was. */
export function isRealTime(text: string): boolean {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const inDay = twoDigits(text, 11) < 24 && twoDigits(text, 14) < 60 && twoDigits(text, 17) < 60;
  return inDay && isDate(year, twoDigits(text, 5), twoDigits(text, 8));
}

/**
 * Milliseconds since 1970 of a wall time, as if it were UTC; undefined for one that no clock shows. Second 60, a leap second's,
 * is the last millisecond of its minute, so that it stays in its hour; 24:00:00 is the midnight that ends the day.
 */
export function wallMsOf({ year, month, day, hour, minute, second, ms }: WallTime): number | undefined {
  const endsDay = hour === 24 && minute + second + ms === 0;
  if (!isDate(year, month, day) || (hour > 23 && !endsDay) || minute > 59 || second > 60) return undefined;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  const midnightMs = new Date(0).setUTCFullYear(year, month - 1, day);
  const minuteMs = midnightMs + (hour * 60 + minute) * MINUTE_MS;
  return minuteMs + (second === 60 ? MINUTE_MS - 1 : second * 1_000 + ms);
}

/** Whether an hour's name can hold it. */
export const isNamable = (epochMs: number): boolean => epochMs >= FIRST_MS && epochMs <= LAST_MS;

/** 0 for Sunday. */
export const weekdayOf = (wallMs: number): number => (((Math.floor(wallMs / DAY_MS) + 4) % 7) + 7) % 7;

const twoDigits = (text: string, at: number): number =>
  text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

function isDate(year: number, month: number, day: number): boolean {
  if (year < 1 || day < 1 || day > (MONTH_DAYS[month - 1] ?? 0)) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}
