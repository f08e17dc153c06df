import { randomBytes } from 'node:crypto';
import type { Worker } from '@temporalio/worker';
import type { Activities } from '../activities/index.js';

/** A task queue that one worker alone polls: never the same again, since what it holds in memory dies with it. */
export const ownQueueOf = (taskQueue: string): string => `${taskQueue}-own-${randomBytes(6).toString('hex')}`;

/** The same activities; `decrypt` tells where the steps behind it find what it has left in memory. */
export const tellingQueue = (activities: Activities, queue: string): Activities => ({
  ...activities,
  decrypt: async (input) => ({ ...(await activities.decrypt(input)), queue }),
});

/** What is asked of a worker; some that live and end together are one. */
export type RunningWorker = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

/** The state is that of the first; when one of them ends, for whatever reason, so do the others. `onEnd` is called first. */
export function together(
  workers: readonly [Worker, ...Worker[]],
  onEnd: () => void = () => undefined,
): RunningWorker {
  const shutdown = (): void => {
    onEnd();
    for (const each of workers) if (each.getState() === 'RUNNING') each.shutdown();
  };
  return {
    getState: () => workers[0].getState(),
    shutdown,
    async run() {
      const ends = await Promise.allSettled(workers.map((each) => each.run().finally(shutdown)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}
