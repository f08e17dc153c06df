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

/** What is asked of a worker; two that live and end together are one. */
export type RunningWorker = Pick<Worker, 'run' | 'shutdown' | 'getState'>;

/** The state is that of the first; when one of them ends, for whatever reason, so does the other. */
export function together(first: Worker, second: Worker): RunningWorker {
  const both = [first, second];
  const shutdown = (): void => {
    for (const each of both) if (each.getState() === 'RUNNING') each.shutdown();
  };
  return {
    getState: () => first.getState(),
    shutdown,
    async run() {
      const ends = await Promise.allSettled(both.map((each) => each.run().finally(shutdown)));
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
    },
  };
}
