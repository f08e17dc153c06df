import { type Codec, epochMsOfTimeCode } from './compaction.js';
import type { Declaration } from './declaration.js';
import { FernlakeError } from '../errors.js';
import { isNamable } from './instant.js';
import { timePattern } from './time-pattern.js';
import { readTime, type ReadTime } from './time-spellings.js';
import { UTC, type Zone, zoneNamed } from './zone.js';

/** How a dataset writes the times of its events. */
export interface EventTimes {
  /** What a time is local to that names no zone. */
  readonly zone: Zone;
  /** In words, for a refusal. */
  readonly wanted: string;
  /** Of `epoch_s` and `epoch_ms`: milliseconds of one; 0 for the others. */
  readonly unitMs: number;
  /** The canonical ISO time is one of them, and means what it says. */
  readonly isIso: boolean;
  /** The instant of a text, or of a number's spelling; undefined for what is written otherwise, or never was. */
  readonly read: (text: string) => ReadTime | undefined;
  /**
   * Whether a row with `compact: time` has to carry the instant in front of the text: every engine reads ISO 8601 and RFC 1123, but neither the
   * declared zone nor another pattern.
   */
  readonly isCarried: (time: ReadTime) => boolean;
}

type Format = Declaration['record']['event_time'];

const UNITS: Readonly<Record<string, number>> = { epoch_s: 1_000, epoch_ms: 1 };
/** As Python's logging writes them by default. */
const PYTHON_LOGGING = '%Y-%m-%d %H:%M:%S,%f';

/** Throws RangeError for a zone or a pattern that is none, with what it should look like. */
export function eventTimesOf({ format, zone: zoneName }: Format): EventTimes {
  const zone = zoneNamed(zoneName);
  const unitMs = UNITS[format];
  if (unitMs !== undefined) {
    const what = unitMs === 1 ? 'milliseconds' : 'seconds';
    const wanted = `in ${what} since 1970`;
    return { zone, wanted, unitMs, isIso: false, read: readEpoch(unitMs), isCarried: () => true };
  }
  const isIso = format === 'iso8601';
  return {
    zone,
    wanted: isIso ? 'in ISO 8601 or RFC 1123, with an offset, UTC or neither' : `as ${format}`,
    unitMs: 0,
    isIso,
    read: readText(format, zone),
    isCarried: ({ isLocal }) => !isIso || (isLocal && zone !== UTC),
  };
}

function readText(format: string, zone: Zone): EventTimes['read'] {
  if (format === 'iso8601') return (text) => readTime(text, zone);
  // No other spelling begins with a letter.
  if (format === 'rfc1123') return (text) => (/^[A-Z]/.test(text) ? readTime(text, zone) : undefined);
  const read = timePattern(format === 'python_logging' ? PYTHON_LOGGING : format);
  return (text) => read(text, zone);
}

const DIGITS = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * Rounds to the nearest millisecond, as `round(x * 1000)` of every engine does; milliseconds have no
 * fraction.
 */
const readEpoch =
  (unitMs: number): EventTimes['read'] =>
  (text) => {
    if (!DIGITS.test(text)) return undefined;
    // `+ 0` makes 0 of -0.
    const epochMs = Math.round(Number(text) * unitMs) + 0;
    if (unitMs === 1 && epochMs !== Number(text)) return undefined;
    return isNamable(epochMs) ? { epochMs, isLocal: false } : undefined;
  };

/** What reading the time of a landed row needs. */
export interface RowTimes {
  readonly times: EventTimes;
  readonly timeColumn: string;
  readonly byName: ReadonlyMap<string, { readonly codec: Codec | null }>;
}

/**
 * The instant of a landed row, in ms since 1970, from the value of its time column: the one place that knows how rows hold it.
 * Throws `LakeCorrupt` for what is no such time.
 */
export function eventMsOfRow({ times, timeColumn, byName }: RowTimes, value: unknown): number {
  if (typeof value === 'string' && byName.get(timeColumn)?.codec) return epochMsOfTimeCode(value);
  const text = typeof value === 'number' && times.unitMs > 0 ? String(value) : value;
  const time = typeof text === 'string' ? times.read(text) : undefined;
  if (time) return time.epochMs;
  throw new FernlakeError('LakeCorrupt', 'terminal', `a row holds no time in ${timeColumn}`);
}
