/**
 * The comparison of the README, live: 1.68 records a second for 20 hours through the real pipeline, once paced and once
 * with the predecessor's fixed five minutes, all times divided by the same factor. Draws docs/images/pace-comparison.svg.
 *
 *     npm run build && node dist/test/pace-live/comparison.js [factor, default 60] [hours, default 20]
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stopSharedTemporal } from '../support/temporal-server.js';
import { type Bar, drawBars } from './draw.js';
import { type LiveRun, longestGapMs, runLive } from './steady.js';

const RATE = 1.68;
const FIVE_MINUTES_S = 300;

const factor = Number(process.argv[2] ?? 60);
const hours = Number(process.argv[3] ?? 20);
const fiveMinutes = `${FIVE_MINUTES_S / factor}s`;

const run = async (mode: 'paced' | 'fixed'): Promise<LiveRun> =>
  await runLive({ rate: RATE * factor, speed: factor, seed: 20 }, (hours * 3_600_000) / factor, {
    FERNLAKE_POLL_MODE: mode,
    FERNLAKE_SLOT: fiveMinutes,
    FERNLAKE_POLL_MIN: '50ms',
    FERNLAKE_POLL_MAX: fiveMinutes,
    FERNLAKE_LATENESS: fiveMinutes,
    FERNLAKE_IDLE: fiveMinutes,
  });

const [paced, fixed] = await Promise.all([run('paced'), run('fixed')]);
await stopSharedTemporal();
const bar = (label: string, { polls, landed, missing }: LiveRun): Bar => ({
  label,
  polls: polls.length,
  landed,
  missing,
});
const bars = [bar('fernlake: paced', paced), bar('every 5 minutes, fixed', fixed)];
const root = path.resolve(import.meta.dirname, '..', '..', '..');
writeFileSync(path.join(root, 'docs', 'images', 'pace-comparison.svg'), drawBars(bars, hours));
console.log(
  JSON.stringify(
    {
      factor,
      hours,
      bars,
      longestGapMs: longestGapMs(paced),
      findings: [paced.findings.length, fixed.findings.length],
    },
    null,
    2,
  ),
);
