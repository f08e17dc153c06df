import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../../src/activities/index.js';
import { pollQueue } from '../../src/activities/fetch/poll-queue.js';

/** The worker that serves the polls beside one with options of a test's own. */
export async function createPollWorker(
  options: Omit<WorkerOptions, 'activities'> & { readonly activities: Activities },
): Promise<Worker> {
  const { connection, namespace, taskQueue, interceptors, shutdownGraceTime } = options;
  const { fetch } = options.activities;
  return await Worker.create({
    ...(connection ? { connection } : {}),
    ...(namespace === undefined ? {} : { namespace }),
    ...(interceptors?.activity ? { interceptors: { activity: interceptors.activity } } : {}),
    ...(shutdownGraceTime === undefined ? {} : { shutdownGraceTime }),
    taskQueue: pollQueue(taskQueue),
    activities: { fetch },
    maxConcurrentActivityTaskPolls: 1,
  });
}
