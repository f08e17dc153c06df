import { isCanonicalTime, isNamable, isRealTime, wallMsOf, type WallTime, weekdayOf } from './instant.js';
import { UTC, type Zone } from './zone.js';

/** `2023-04-20T13:12:06.819` and `2024-03-02 05:10:00,123`, as Python's isoformat and logging, Java, Go and databases write. */
const EXTENDED =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[Tt ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)?/;
/** `20230420T131206`: the same without punctuation. */
const BASIC =
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)[Tt](?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?/;
/** `Sat, 02 Mar 2024 05:10:00`, of HTTP and mail. */
const RFC_1123 =
  /^(?<weekday>[A-Z][a-z]{2}), (?<day>\d\d) (?<monthName>[A-Z][a-z]{2}) (?<year>\d{4}) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?= |$)/;
/** What may follow: `Z`, ` UTC`, `+0530`, ` +00:00`, `+00`; Go's `+0000 UTC`; Java's name of the zone in brackets. */
const OFFSET =
  /^ ?(?:Z|z|UTC|UT|GMT|(?<sign>[+-])(?<hours>\d\d)(?::?(?<minutes>\d\d))?(?<named> UTC| GMT)?)(?:\[(?<zone>[^[\]]+)\])?$/;
export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Names of a zone that is always UTC. */
const UTC_NAMES = ['Z', 'UTC', 'GMT', 'Etc/UTC', 'Etc/GMT'];

export interface ReadTime {
  /** Whole milliseconds since 1970. */
  readonly epochMs: number;
  /** It says neither UTC nor an offset: its meaning is the zone's. */
  readonly isLocal: boolean;
}

/**
 * The instant that a text names: ISO 8601 or RFC 1123, with an offset, with UTC, or with neither, which is local to `zone`.
 * undefined for what has another meaning to somebody else (`02/03/2024`, `EST`), or was never shown by a clock.
 */
export function readTime(text: string, zone: Zone): ReadTime | undefined {
  if (isCanonicalTime(text) && isRealTime(text)) return { epochMs: Date.parse(text), isLocal: false };
  const match = EXTENDED.exec(text) ?? RFC_1123.exec(text) ?? BASIC.exec(text);
  if (!match?.groups) return undefined;
  const wallMs = wallMsOf(partsOf(match.groups));
  if (wallMs === undefined || !isItsWeekday(match.groups['weekday'], wallMs)) return undefined;
  const rest = text.slice(match[0].length);
  const isLocal = rest === '';
  const offsetMs = isLocal ? zone.offsetMsAt(wallMs) : offsetMsOf(rest);
  if (offsetMs === undefined) return undefined;
  const epochMs = wallMs - offsetMs;
  return isNamable(epochMs) ? { epochMs, isLocal } : undefined;
}

/** The same of a time whose zone is UTC where it names none. */
export const epochMsOf = (text: string): number | undefined => readTime(text, UTC)?.epochMs;

type Groups = Readonly<Record<string, string | undefined>>;

function partsOf(groups: Groups): WallTime {
  const { year, month, monthName, day, hour, minute, second = 0, fraction = '' } = groups;
  return {
    year: Number(year),
    month: monthName === undefined ? Number(month) : MONTHS.indexOf(monthName) + 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    ms: fractionMs(fraction),
  };
}

/** Whole milliseconds of the digits behind a decimal point; the finer ones are cut off. */
export const fractionMs = (digits: string): number => Number(digits.slice(0, 3).padEnd(3, '0'));

/** A date that lies on another day of the week than it says names two days. */
const isItsWeekday = (name: string | undefined, wallMs: number): boolean =>
  name === undefined || WEEKDAYS[weekdayOf(wallMs)] === name;

/** Of what follows the time of day; undefined for what names none, or two. */
function offsetMsOf(rest: string): number | undefined {
  const groups = OFFSET.exec(rest)?.groups;
  if (!groups) return undefined;
  const { sign, hours = '0', minutes = '0', named, zone } = groups;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  if (offsetMs !== 0 && named !== undefined) return undefined;
  if (zone !== undefined && (offsetMs !== 0 || !UTC_NAMES.includes(zone))) return undefined;
  return offsetMs;
}
