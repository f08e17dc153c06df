import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** A dead worker is noticed within seconds here, where src/workflows/timeouts.ts gives a real one half a minute. */
const NOTICED_AFTER_MS = 2_000;
const FIRST_RETRY_MS = 100;

/** Bundled with the workflows of a campaign: their code is what ships, only its waits are shorter. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) => {
        const { options } = input;
        const retry = {
          ...options.retry,
          initialInterval: FIRST_RETRY_MS,
          maximumInterval: FIRST_RETRY_MS * 5,
        };
        const waits = {
          heartbeatTimeout: NOTICED_AFTER_MS,
          ...(options.scheduleToStartTimeout ? { scheduleToStartTimeout: NOTICED_AFTER_MS } : {}),
        };
        return next({ ...input, options: { ...options, ...waits, retry } });
      },
    },
  ],
});
