import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { messageOf } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { causeOf } from '../status/temporal-state.js';
import { sealWorkflowId } from '../../workflows/nudge.js';

/** A run of a workflow, as Temporal still knows it. */
export interface Run {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
  /** Why it failed; null: it did not, or runs. */
  readonly failure: string | null;
}

export interface HourRuns {
  /** Seals of the hour, in the order of their starts. */
  readonly seals: readonly Run[];
  /** How many slots polled while the hour's answers came. */
  readonly slots: number;
  /** Of those, the ones that failed, were ended, or still run. */
  readonly slotsToSee: readonly Run[];
}

/** A seal runs once more for each nudge of late records. */
const RUNS_MAX = 1_000;
/** Of an hour with more trouble than this, these tell what it was. */
const TO_SEE_MAX = 20;

/** Runs that Temporal has not forgotten yet (the namespace's retention). */
export async function readHourRuns(
  client: Client,
  { dataset, taskQueue }: { readonly dataset: string; readonly taskQueue: string },
  hour: Hour,
  [fromMs, toMs]: readonly [number, number],
): Promise<HourRuns> {
  const seals = await runsOf(client, `WorkflowId = '${sealWorkflowId(dataset, hour)}'`);
  const prefix = `fernlake-${dataset}-`;
  const queue = taskQueue.replaceAll("'", "''");
  const during = `WorkflowType = 'etl' AND TaskQueue = '${queue}' AND StartTime <= '${new Date(toMs).toISOString()}'`;
  const closed = `${during} AND CloseTime >= '${new Date(fromMs).toISOString()}'`;
  const slots = [
    ...(await runsOf(client, closed)),
    ...(await runsOf(client, `${during} AND ExecutionStatus = 'Running'`)),
  ].filter(({ workflowId }) => workflowId.startsWith(prefix));
  const toSee = slots.filter(
    ({ status }) => status.name !== 'COMPLETED' && status.name !== 'CONTINUED_AS_NEW',
  );
  const shown = (runs: readonly WorkflowExecutionInfo[]): Promise<Run[]> =>
    Promise.all(runs.map((run) => toldRun(client, run)));
  return {
    seals: await shown(seals),
    slots: slots.length,
    slotsToSee: await shown(toSee.slice(-TO_SEE_MAX)),
  };
}

async function runsOf(client: Client, query: string): Promise<WorkflowExecutionInfo[]> {
  const runs: WorkflowExecutionInfo[] = [];
  for await (const run of client.workflow.list({ query })) {
    runs.push(run);
    if (runs.length === RUNS_MAX) break;
  }
  return runs.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
}

async function toldRun(client: Client, run: WorkflowExecutionInfo): Promise<Run> {
  const { workflowId, runId, status, startTime, closeTime } = run;
  const failed = status.name === 'FAILED';
  const result = failed ? client.workflow.getHandle(workflowId, runId).result() : undefined;
  const failure = await result?.then(
    () => null,
    (error: unknown) => messageOf(causeOf(error)),
  );
  return {
    ...{ workflowId, runId, status: status.name.toLowerCase().replaceAll('_', ' ') },
    ...{ startedAt: startTime.toISOString(), closedAt: closeTime?.toISOString() ?? null },
    failure: failure ?? null,
  };
}
