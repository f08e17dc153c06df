/**
 * Loaded into a worker by NODE_OPTIONS=--import: measures how long its event loop was blocked, and writes the longest block
 * (ms) to FERNLAKE_BENCH_DELAY_FILE. SIGUSR2 starts anew, so that the start-up does not count.
 */
import { rename, writeFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const RESOLUTION_MS = 10;
const WRITE_EVERY_MS = 250;
const file = process.env['FERNLAKE_BENCH_DELAY_FILE'];

if (isMainThread && file !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  process.on('SIGUSR2', () => histogram.reset());
  // The histogram holds intervals of its own timer: what is above the resolution is the delay.
  const ms = (ns: number): number => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  let writing = Promise.resolve();
  setInterval(() => {
    const found = { maxMs: ms(histogram.max), p99Ms: ms(histogram.percentile(99)) };
    // Beside the loop: where others flush to the same disk, a write may take 100 ms. Whoever reads finds a whole file.
    writing = writing
      .then(() => writeFile(`${file}.new`, JSON.stringify(found)))
      .then(() => rename(`${file}.new`, file));
  }, WRITE_EVERY_MS).unref();
}
