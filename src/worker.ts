import { setMaxListeners } from 'node:events';
import { type NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker';
import { createActivities } from './activities/index.js';
import type { ActivityDeps } from './activities/deps.js';
import { keepBlobsOf } from './activities/kept-blobs.js';
import { HERE_BYTES_MAX, onThreads } from './process/threads/on-threads.js';
import type { Threads } from './process/threads/threads.js';
import type { Config } from './config/config.js';
import type { Deployment } from './config/deployment.js';
import { deploymentOptions } from './process/deployment.js';
import type { Storage } from './storage/port.js';
import { RecentStorage } from './storage/recent.js';
import { LIMITS } from './limits.js';
import { isWrittenOnce } from './lake/keys.js';
import type { LakeName } from './lake/identity.js';
import { ownQueueOf, type RunningWorker, tellingQueue, together } from './process/own-queue.js';
import { guardDatasets, guardLake } from './process/task-guards.js';
import { workerIdentity } from './process/worker-identity.js';
import { pollQueue } from './activities/fetch/poll-queue.js';
import { workflowCode } from './process/workflow-code.js';

/** A batch or a seal holds an hour's rows in memory: on a small machine a few of them at once are plenty. */
const ACTIVITIES_AT_ONCE = 10;
const CACHED_WORKFLOWS_MAX = 200;
/** An hour, and the time until its seal reads the segments. */
const RECENT_MS = 90 * 60_000;
/** They wait for the source, mostly: as many as anybody has datasets. */
const POLLS_AT_ONCE = 200;
const POLL_QUEUE_POLLERS = 2;

export interface WorkerParts {
  readonly connection: NativeConnection;
  readonly config: Pick<Config, 'taskQueue'> & { readonly namespace: string };
  /** The ports of each dataset that it serves, by name; tasks of any other are refused. */
  readonly datasets: ReadonlyMap<string, ActivityDeps>;
  readonly storage: Storage;
  /** Tasks of another lake are refused. */
  readonly lake: LakeName;
  /** Called for each of them. */
  readonly onOtherLake?: () => void;
  /** Where the larger jobs run; absent: beside everything else. */
  readonly threads?: Threads;
  readonly shutdownGraceMs: number;
  readonly interceptors?: WorkerInterceptors;
  /** Unversioned without one. */
  readonly deployment?: Deployment | undefined;
}

/**
 * Wires the activities to their ports. The caller runs it, shuts it down, and closes the connection. Beside the queue of all steps it
 * serves that of polls, which so wait for no slot that a batch or a seal has, and one of its own: the steps of a batch whose input it
 * holds in memory come there (docs/decisions/0035-requests.md).
 */
export async function createWorker({
  connection,
  config,
  datasets,
  storage,
  lake,
  onOtherLake,
  threads,
  shutdownGraceMs,
  interceptors,
  deployment,
}: WorkerParts): Promise<RunningWorker> {
  const recent = new RecentStorage(storage, {
    isWrittenOnce,
    bytesMax: LIMITS.recentBytesMax,
    lifeMs: RECENT_MS,
  });
  keepBlobsOf(recent, threads ? HERE_BYTES_MAX : undefined);
  const code = workflowCode();
  const workflowModules = 'interceptors' in code ? code.interceptors : {};
  const queue = ownQueueOf(config.taskQueue);
  const ending = new AbortController();
  // Each dataset hears of it.
  setMaxListeners(0, ending.signal);
  const { fetch, ...activities } = createActivities(
    (dataset) => ({ ...datasets.get(dataset)!, storage: recent, ended: ending.signal }),
    (here, deps) =>
      tellingQueue(
        threads
          ? onThreads(here, threads, deps.keyRing, { writesParquet: deps.parquet !== undefined, recent })
          : here,
        queue,
      ),
  );
  const guarded = [...(interceptors?.activity ?? []), guardLake(lake, onOtherLake), guardDatasets(datasets)];
  const common = {
    ...{ connection, namespace: config.namespace, activities },
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    shutdownGraceTime: shutdownGraceMs,
    // Who waits for its tasks is seen, by `doctor` among others, and of which lake it is.
    identity: workerIdentity(lake),
  };
  const version = deployment ? { workerDeploymentOptions: deploymentOptions(deployment) } : {};
  const shared = await Worker.create({
    ...common,
    taskQueue: config.taskQueue,
    ...code,
    maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
    ...version,
    interceptors: { ...interceptors, ...workflowModules, activity: guarded },
  });
  const polls = await Worker.create({
    ...common,
    ...version,
    taskQueue: pollQueue(config.taskQueue),
    activities: { fetch },
    maxConcurrentActivityTaskExecutions: POLLS_AT_ONCE,
    maxConcurrentActivityTaskPolls: POLL_QUEUE_POLLERS,
    interceptors: { activity: guarded },
  });
  // Never versioned: whoever has made the blob is of the right version, and nobody else is there.
  const own = await Worker.create({ ...common, taskQueue: queue, interceptors: { activity: guarded } });
  return together([shared, polls, own], () => ending.abort());
}
