import { type Origin, spelled } from '../../config/spelled.js';
import { type Check, ok, skipped, warning } from './check.js';
import type { Sight } from './sight.js';

const NAME = 'events';
const QUIET_MS = 15 * 60_000;
const AHEAD_MS_MAX = 60_000;

/** The newest event's time against this machine's clock. */
export function checkEvents({ eventsMs, answer }: Sight, origin: Origin): Check {
  if (eventsMs.length === 0) return skipped(NAME, 'a record that can be read');
  const newestMs = eventsMs.reduce((a, b) => Math.max(a, b));
  const ageMs = answer.fetchedAtMs - newestMs;
  const when = `the newest is of ${new Date(newestMs).toISOString()}`;
  if (ageMs < -AHEAD_MS_MAX) {
    return warning(
      NAME,
      `${when}, ${seconds(-ageMs)} ahead of this machine's clock`,
      'its hours wait for this clock: look at the source (or at the line `clock`)',
    );
  }
  if (ageMs > QUIET_MS) {
    return warning(
      NAME,
      `${when}, ${seconds(ageMs)} ago`,
      `the source stands still or shows old records: their hours close by ${spelled('FERNLAKE_IDLE', origin)}`,
    );
  }
  return ok(NAME, `${when}, ${seconds(Math.max(0, ageMs))} ago`);
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
