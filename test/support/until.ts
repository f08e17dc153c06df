import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** Waits until `probe` gives something other than undefined or false, and gives it back; says what did not come in time. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() >= deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
