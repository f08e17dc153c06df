import { setImmediate } from 'node:timers/promises';

/** Far below the 50 ms that a heartbeat or a poll of the same process may have to wait. */
const SLICE_MS = 6;
let sliceEndMs = 0;
let turns = Promise.resolve();

/**
 * For loops that compute: lets heartbeats and timers run if the last such pause of the process was some
 * milliseconds ago; else resolves at once. Loops that wait go on one after the other, each in an event-loop
 * turn of its own: otherwise their slices would add up.
 */
export async function yieldToEventLoop(): Promise<void> {
  if (performance.now() < sliceEndMs) return;
  turns = turns.then(() => setImmediate());
  await turns;
  sliceEndMs = performance.now() + SLICE_MS;
}
