import { setImmediate } from 'node:timers/promises';

/** Far below the 50 ms that a heartbeat or a poll of the same process may have to wait. */
const SLICE_MS = 6;
let sliceEndMs = 0;
let turns = Promise.resolve();

/**
 * Lets heartbeats, timers and others in, when the last such pause of the process is some milliseconds ago; else resolves at
 * once. For loops that compute. Those who wait go on one after the other, each in a turn of the event loop of its own:
 * all in one turn, their slices would add up.
 */
export async function yieldToEventLoop(): Promise<void> {
  if (performance.now() < sliceEndMs) return;
  turns = turns.then(() => setImmediate());
  await turns;
  sliceEndMs = performance.now() + SLICE_MS;
}
