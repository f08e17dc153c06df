import { setTimeout as sleep } from 'node:timers/promises';

/** Soon at first, then ever less often: a look may be a request, and there may be many who wait. */
const LOOK_AFTER_MS = 20;
const LOOK_AFTER_MS_MAX = 250;
const SLOWER = 1.25;

/** Waits until `probe` gives something other than undefined or false, and gives it back; says what did not come in time. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
  pauseMsMax = LOOK_AFTER_MS_MAX,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (let pauseMs = LOOK_AFTER_MS; ; pauseMs = Math.min(pauseMs * SLOWER, pauseMsMax)) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() >= deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(pauseMs);
  }
}
