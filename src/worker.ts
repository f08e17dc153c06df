import { type NativeConnection, Worker, type WorkerInterceptors } from '@temporalio/worker';
import { createActivities } from './activities/index.js';
import type { ActivityDeps } from './activities/deps.js';
import { keepBlobsOf } from './activities/kept-blobs.js';
import { onThreads } from './process/threads/on-threads.js';
import type { Threads } from './process/threads/threads.js';
import type { Config } from './config/config.js';
import type { Deployment } from './config/deployment.js';
import { deploymentOptions } from './process/deployment.js';
import type { Storage } from './storage/port.js';
import type { LakeName } from './lake/identity.js';
import { guardDatasets, guardLake } from './process/task-guards.js';
import { workerIdentity } from './process/worker-identity.js';
import { workflowCode } from './process/workflow-code.js';

/** A batch or a seal holds an hour's rows in memory: on a small machine a few of them at once are plenty. */
const ACTIVITIES_AT_ONCE = 10;
const CACHED_WORKFLOWS_MAX = 200;

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

/** Wires the activities to their ports. The caller runs it, shuts it down, and closes the connection. */
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
}: WorkerParts): Promise<Worker> {
  keepBlobsOf(storage);
  const code = workflowCode();
  const workflowModules = 'interceptors' in code ? code.interceptors : {};
  return await Worker.create({
    connection,
    namespace: config.namespace,
    taskQueue: config.taskQueue,
    ...code,
    activities: createActivities(
      (dataset) => datasets.get(dataset)!,
      (here, deps) => (threads ? onThreads(here, threads, deps.keyRing, deps.parquet !== undefined) : here),
    ),
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
    shutdownGraceTime: shutdownGraceMs,
    ...(deployment ? { workerDeploymentOptions: deploymentOptions(deployment) } : {}),
    // Who waits for its tasks is seen, by `doctor` among others, and of which lake it is.
    identity: workerIdentity(lake),
    interceptors: {
      ...interceptors,
      ...workflowModules,
      activity: [...(interceptors?.activity ?? []), guardLake(lake, onOtherLake), guardDatasets(datasets)],
    },
  });
}
