import { currentPulse } from './pulse.js';

/**
 * Seals that compute at once on a thread. One waits for storage and for inflate while another computes; more
 * only add buffers (some 15 MB each), and take the caches of the others (docs/decisions/0020). Hours close to each other, sealed
 * side by side, have to look into one another for ids that seem to be missing.
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
  // Whoever ends hands its place on: nobody who asks later can take it.
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
