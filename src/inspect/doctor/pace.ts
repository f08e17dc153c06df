import { type Origin, spelled } from '../../config/spelled.js';
import { threeFigures } from '../../figures.js';
import { type Check, failed, ok, skipped, warning } from './check.js';

/** The pace aims at windows of which less than half is new (activities/fetch/pace.ts, decision 4). */
const NEW_SHARE_MAX = 0.46;

/** Whether polls may follow each other fast enough, by the rate at which the records of one answer happened. */
export function checkPace(
  { eventsMs, elapsedMs }: { readonly eventsMs: readonly number[]; readonly elapsedMs: number },
  pollMs: number,
  origin: Origin,
): Check {
  const name = 'pace';
  const spanMs =
    eventsMs.reduce((a, b) => Math.max(a, b), 0) - eventsMs.reduce((a, b) => Math.min(a, b), Infinity);
  if (eventsMs.length < 2 || !(spanMs > 0)) return skipped(name, 'two records of different times');
  const ratePerSecond = ((eventsMs.length - 1) * 1000) / spanMs;
  const windowMs = (eventsMs.length * 1000) / ratePerSecond;
  const seen = `${threeFigures(ratePerSecond)} records a second: a window lasts ${threeFigures(windowMs / 1000)} s`;
  if (elapsedMs > windowMs) {
    return failed(name, `${seen}, and a poll takes ${elapsedMs} ms`, 'run the worker nearer to the source');
  }
  const mend = `set ${spelled('FERNLAKE_POLL_MIN', origin)} to ${Math.max(1, Math.floor(windowMs * NEW_SHARE_MAX))}ms or less`;
  if (pollMs > windowMs)
    return failed(name, `${seen}, and polls are ${pollMs} ms apart: records are lost`, mend);
  if (pollMs > windowMs * NEW_SHARE_MAX)
    return warning(name, `${seen}, and polls are ${pollMs} ms apart: a burst would cost records`, mend);
  return ok(name, `${seen}, and polls may be ${pollMs} ms apart`);
}
