import { type NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker';
import { createActivities } from './activities/create-activities.js';
import type { ActivityDeps } from './activities/deps.js';
import type { Config } from './config.js';
import { workflowCode } from './workflow-code.js';

/** What runs gets this long to finish when the worker is asked to stop; then it is retried elsewhere. */
export const SHUTDOWN_GRACE_MS = 60_000;
/** A batch or a seal holds an hour's rows in memory: on a small machine a few of them at once are plenty. */
const ACTIVITIES_AT_ONCE = 10;
const CACHED_WORKFLOWS_MAX = 200;

export interface WorkerParts {
  readonly connection: NativeConnection;
  readonly config: Pick<Config, 'taskQueue'> & { readonly namespace: string };
  readonly deps: ActivityDeps;
  readonly interceptors?: WorkerInterceptors;
  readonly shutdownGraceMs?: number;
}

/** Wires the activities to their ports. The caller runs it, shuts it down, and closes the connection. */
export async function createWorker({
  connection,
  config,
  deps,
  interceptors,
  shutdownGraceMs = SHUTDOWN_GRACE_MS,
}: WorkerParts): Promise<Worker> {
  return await Worker.create({
    connection,
    namespace: config.namespace,
    taskQueue: config.taskQueue,
    ...workflowCode(),
    activities: createActivities(deps),
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
    shutdownGraceTime: shutdownGraceMs,
    ...(interceptors ? { interceptors } : {}),
  });
}
