import type { SourceRequest } from '../../config/source.js';
import { askDate } from '../../activities/fetch/http.js';
import { attempt, type Check, failed, ok, skipped, warning } from './check.js';

const TIMEOUT_MS = 10_000;
/** HTTP's Date has whole seconds (RFC 9110, 5.6.7): on the average it is half a second behind. */
const HALF_SECOND_MS = 500;
const SKEW_MS_WARN = 5_000;
const SKEW_MS_MAX = 60_000;
const NAME = 'clock';

/** This machine's clock against the Date that the source's server puts on an answer, be it an error. No credentials go. */
export function checkClock(source: SourceRequest, nowMs: () => number = Date.now): Promise<Check> {
  return attempt(NAME, async () => {
    const askedMs = nowMs();
    const dateMs = await askDate(source, TIMEOUT_MS);
    const middleMs = (askedMs + nowMs()) / 2;
    if (dateMs === undefined) return skipped(NAME, 'an answer of the source that says its time (HTTP Date)');
    return judge(middleMs - dateMs - HALF_SECOND_MS);
  });
}

function judge(aheadMs: number): Check {
  const offMs = Math.abs(aheadMs);
  const says = `this machine is ${(offMs / 1000).toFixed(1)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the source`;
  const mend = 'set the clock (timedatectl set-ntp true); if this one is right, tell whoever runs the source';
  if (offMs > SKEW_MS_MAX) return failed(NAME, says, mend);
  return offMs > SKEW_MS_WARN ? warning(NAME, says, mend) : ok(NAME, says);
}
