/**
 * The workflow side of nudge.test.ts: `sealHour` itself, and a parent that does nothing but what `etl` does for an hour,
 * over and over, at moments that fall before, into and behind the end of the child.
 */
import { proxyActivities } from '@temporalio/workflow';
import type { SealSettings } from '../../../src/workflows/messages.js';
import { startOrNudge } from '../../../src/workflows/nudge.js';

export { sealHour } from '../../../src/workflows/seal-hour.js';

export interface Arrivals {
  /** Makes segment number `n`, and takes its time, so that the child is met at every moment of its life. */
  arrive(n: number): Promise<void>;
}

const { arrive } = proxyActivities<Arrivals>({ startToCloseTimeout: 30_000 });

export async function nudger(settings: SealSettings, watermarkMs: number, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    await arrive(n);
    await startOrNudge(settings, { watermarkMs, segments: true });
  }
}
