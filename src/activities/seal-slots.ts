import { currentPulse } from './pulse.js';

/**
 * Seals that compute at once on a thread. While one waits for storage or inflate, another computes; more
 * would only add buffers (some 15 MB each) and compete for the cache (docs/decisions/0020).
 */
export const SEALS_AT_ONCE = 3;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Runs `work` once fewer than SEALS_AT_ONCE others are under way in this process, in the order of asking. The activity shows that it
 * is alive while it waits; one that was cancelled meanwhile does not begin.
 */
export async function inSealSlot<T>(work: () => Promise<T>): Promise<T> {
  const pulse = currentPulse();
  if (running < SEALS_AT_ONCE) running += 1;
  // The one that ends passes its place to the first in the queue.
  else await pulse.during(new Promise<void>((resolve) => waiting.push(resolve)));
  try {
    pulse.beat();
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
