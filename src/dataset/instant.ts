import { type Hour, hourOf } from './hour.js';

/** `2023-04-20T13:12:06.819Z`: how the source, and JavaScript, write a time. */
const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** The ISO 8601 spellings that Python's `isoformat`, databases and loggers write. Without an offset it is UTC. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))?$/;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Years 0001 to 9999, which is what an hour's name can hold. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

export function isCanonicalTime(text: string): boolean {
  return text.length === 24 && CANONICAL.test(text);
}

/**
 * The instant that an ISO 8601 text names, in whole milliseconds since 1970 (a finer fraction is cut off); undefined
 * for any other spelling, and for a time that never was: 30 February, hour 24, second 60.
 */
export function epochMsOf(text: string): number | undefined {
  if (isCanonicalTime(text)) return isRealTime(text) ? Date.parse(text) : undefined;
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = match;
  if (!isReal(+year, +month, +day, +hour) || +minute > 59 || +second > 59) return undefined;
  const offsetMs = offsetMsOf(match[8], match[9], match[10]);
  if (offsetMs === undefined) return undefined;
  const ms = fraction.slice(0, 3).padEnd(3, '0');
  const epochMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`) - offsetMs;
  return epochMs >= FIRST_MS && epochMs <= LAST_MS ? epochMs : undefined;
}

/** The UTC hour of a text for which `epochMsOf` gave `epochMs`. */
export function hourOfText(text: string, epochMs: number): Hour {
  return text.length === 24 && text.endsWith('Z') && text.charAt(10) === 'T'
    ? (text.slice(0, 13) as Hour)
    : hourOf(epochMs);
}

/** Whether a time of the canonical form ever was. */
export function isRealTime(text: string): boolean {
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const inHour = twoDigits(text, 14) < 60 && twoDigits(text, 17) < 60;
  return inHour && isReal(year, twoDigits(text, 5), twoDigits(text, 8), twoDigits(text, 11));
}

const twoDigits = (text: string, at: number): number =>
  text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - 528;

function isReal(year: number, month: number, day: number, hour: number): boolean {
  if (year < 1 || day < 1 || day > (MONTH_DAYS[month - 1] ?? 0) || hour > 23) return false;
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0));
}

function offsetMsOf(sign: string | undefined, hours = '0', minutes = '0'): number | undefined {
  if (+hours > 23 || +minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (+hours * 60 + +minutes) * 60_000;
}
