import type { WorkflowExecutionInfo } from '@temporalio/client';
import { etlWorkflowId } from '../../src/schedule.js';
import type { EtlResult } from '../../src/workflows/messages.js';
import { executions, historyOf } from '../support/history.js';
import type { Pipeline } from '../support/pipeline.js';

/** The runs of `etl`, oldest first. */
export async function etlRuns(run: Pipeline): Promise<WorkflowExecutionInfo[]> {
  const all = await executions(run.client, run.config.taskQueue);
  return all
    .filter(({ workflowId }) => workflowId.startsWith(etlWorkflowId(run.dataset)))
    .sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
}

export async function resultOf(
  run: Pipeline,
  { workflowId, runId }: WorkflowExecutionInfo,
): Promise<EtlResult> {
  return (await run.client.workflow.getHandle(workflowId, runId).result()) as EtlResult;
}

/** The first argument of each run of an activity in a workflow's history, in order. */
export async function inputsOf(
  run: Pipeline,
  { workflowId, runId }: WorkflowExecutionInfo,
  activity: string,
): Promise<Record<string, unknown>[]> {
  const { events } = await historyOf(run.client, workflowId, runId);
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: scheduled }) =>
    scheduled?.activityType?.name === activity
      ? [
          JSON.parse(Buffer.from(scheduled.input?.payloads?.[0]?.data ?? '').toString('utf8')) as Record<
            string,
            unknown
          >,
        ]
      : [],
  );
}
