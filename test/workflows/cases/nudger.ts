/**
 * The workflow side of nudge.test.ts: `sealHour` itself, and a parent that does nothing but what `etl` does for an hour,
 * over and over. The test says when: before each nudge, and between a start that is refused and the signal behind it.
 */
import { proxyActivities, workflowInfo, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import type { SealSettings } from '../../../src/workflows/messages.js';
import { startOrNudge } from '../../../src/workflows/nudge.js';

export { sealHour } from '../../../src/workflows/seal-hour.js';

export interface Moments {
  /** Makes segment number `n`, with the child at the moment of its life that it is to be met at. */
  arrive(n: number): Promise<void>;
  beforeSignal(n: number): Promise<void>;
}

/** Once: what a moment of the test throws is to fail it, not to be waited for. */
const { arrive, beforeSignal } = proxyActivities<Moments>({
  startToCloseTimeout: '5 minutes',
  retry: { maximumAttempts: 1 },
});

/** For the interceptor, which stands between the two calls of startOrNudge; each run has its own. */
let current = 0;

export async function nudger(settings: SealSettings, watermarkMs: number, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    current = n;
    await arrive(n);
    await startOrNudge(settings, { watermarkMs, segments: true });
  }
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      signalWorkflow: async (input, next) => {
        if (workflowInfo().workflowType === 'nudger') await beforeSignal(current);
        return await next(input);
      },
    },
  ],
});
