/** What a time without an offset is local to. */
export interface Zone {
  /** As the setting has it: `UTC`, `Europe/Berlin`, `+05:30`. */
  readonly name: string;
  /**
   * The offset to subtract from a wall time (ms since 1970, as if it were UTC). Of a time that the clock
   * showed twice the first is meant; one that it left out is moved on by the jump, as in Java, JavaScript's
   * Temporal and Python (`fold=0`).
   */
  offsetMsAt(wallMs: number): number;
}

export const UTC: Zone = { name: 'UTC', offsetMsAt: () => 0 };

const UTC_NAMES = ['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Z', '+00:00', '-00:00'];
const FIXED = /^([+-])(\d\d):(\d\d)$/;
const LONG_OFFSET = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Earlier, clocks also jumped in the middle of minutes. */
const WHOLE_MINUTES_MS = Date.UTC(1973, 0);

/** The zone of that name. Throws RangeError that says what it should look like. */
export function zoneNamed(name: string): Zone {
  if (UTC_NAMES.includes(name)) return UTC;
  const fixed = FIXED.exec(name);
  if (fixed) {
    const offsetMs = offsetMsOf(fixed);
    if (Number(fixed[2]) > 23 || Number(fixed[3]) > 59)
      throw new RangeError('is an offset that no zone has: write hours and minutes, such as +05:30');
    return { name, offsetMsAt: () => offsetMs };
  }
  // Names without a region mean other zones elsewhere (IST), or one half of the year (EST).
  if (!name.includes('/')) throw unknown();
  return regional(name);
}

function regional(name: string): Zone {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch {
    throw unknown();
  }
  const offsetAt = (epochMs: number): number => {
    const written = format.formatToParts(epochMs).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const match = LONG_OFFSET.exec(written);
    return match ? offsetMsOf(match) : 0;
  };
  let lastMinuteMs = NaN;
  let lastOffsetMs = 0;
  return {
    name,
    offsetMsAt(wallMs) {
      // A call of Intl takes twenty microseconds, and records that come together are of the same minute.
      const minuteMs = Math.floor(wallMs / MINUTE_MS) * MINUTE_MS;
      if (minuteMs === lastMinuteMs) return lastOffsetMs;
      const offsetMs = offsetBetween(offsetAt, wallMs);
      if (minuteMs >= WHOLE_MINUTES_MS) [lastMinuteMs, lastOffsetMs] = [minuteMs, offsetMs];
      return offsetMs;
    },
  };
}

/** Clocks jump at most once within two days. */
function offsetBetween(offsetAt: (epochMs: number) => number, wallMs: number): number {
  const before = offsetAt(wallMs - DAY_MS);
  const after = offsetAt(wallMs + DAY_MS);
  if (before === after || offsetAt(wallMs - before) === before) return before;
  return offsetAt(wallMs - after) === after ? after : before;
}

const offsetMsOf = ([, sign, hours = '0', minutes = '0', seconds = '0']: RegExpExecArray): number =>
  (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;

const unknown = (): RangeError =>
  new RangeError('is no zone: write UTC, an offset such as +05:30, or a region such as Europe/Berlin');
