import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../src/activities/index.js';
import type { LakeName } from '../../src/lake/identity.js';
import { guardLake } from '../../src/process/task-guards.js';
import { ownQueueOf, type RunningWorker, tellingQueue, together } from '../../src/process/own-queue.js';
import { createPollWorker } from '../support/with-polls.js';
import { WORKFLOW_SOURCES } from '../../src/process/workflow-code.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The workflows that ship, with shorter waits; made once for all workers of a campaign. */
export async function bundleCampaign(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    ...WORKFLOW_SOURCES,
    workflowInterceptorModules: [...WORKFLOW_SOURCES.workflowInterceptorModules, here('./short-timeouts.js')],
    logger: new DefaultLogger('ERROR'),
  });
  return code;
}

export interface CampaignWorker {
  readonly connection: NativeConnection;
  readonly taskQueue: string;
  readonly activities: Activities;
  /** As every worker, it refuses what is meant for another one. */
  readonly lake: LakeName;
  /** The code, or the file that holds it. */
  readonly bundle: { readonly code: string } | { readonly codePath: string };
}

/** Small, and quick to be given up by the server when it dies. */
export async function createCampaignWorker(parts: CampaignWorker): Promise<RunningWorker> {
  const queue = ownQueueOf(parts.taskQueue);
  const common = {
    ...{ connection: parts.connection, namespace: 'default' },
    activities: tellingQueue(parts.activities, queue),
    interceptors: { activity: [guardLake(parts.lake)] },
    maxConcurrentActivityTaskPolls: 1,
    shutdownGraceTime: 2_000,
  };
  const shared = await Worker.create({
    ...common,
    taskQueue: parts.taskQueue,
    workflowBundle: parts.bundle,
    workflowThreadPoolSize: 1,
    maxCachedWorkflows: 10,
    stickyQueueScheduleToStartTimeout: 500,
    maxConcurrentWorkflowTaskPolls: 2,
  });
  const polls = await createPollWorker({ ...common, taskQueue: parts.taskQueue });
  return together([shared, polls, await Worker.create({ ...common, taskQueue: queue })]);
}
