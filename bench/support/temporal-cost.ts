import type { Client } from '@temporalio/client';
import { executions } from '../../test/support/history.js';

/** What the runs of a task queue asked of Temporal. */
export interface Asked {
  readonly runs: number;
  readonly events: number;
  readonly historyBytes: number;
  /** What Temporal Cloud would bill. */
  readonly actions: number;
}

/**
 * Actions by Temporal Cloud's list (its page "Actions" of 2025): a start, an attempt at an activity, a timer, a signal,
 * an update, an upsert of search attributes; a child's start counts twice, a scheduled start three times. Heartbeats count
 * as well and stand in no history; short activities send none.
 */
const ACTIONS: Readonly<Record<string, number>> = {
  workflowExecutionStartedEventAttributes: 1,
  activityTaskStartedEventAttributes: 1,
  timerStartedEventAttributes: 1,
  workflowExecutionSignaledEventAttributes: 1,
  workflowExecutionUpdateAcceptedEventAttributes: 1,
  upsertWorkflowSearchAttributesEventAttributes: 1,
  startChildWorkflowExecutionInitiatedEventAttributes: 1,
};
const SCHEDULED_EXTRA = 2;

export async function askedOf(client: Client, taskQueue: string): Promise<Asked> {
  const asked = { runs: 0, events: 0, historyBytes: 0, actions: 0 };
  for (const { workflowId, runId } of await executions(client, taskQueue)) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const [{ historySize = 0 }, history] = await Promise.all([handle.describe(), handle.fetchHistory()]);
    asked.runs += 1;
    asked.historyBytes += historySize;
    if (workflowId.includes('-etl-')) asked.actions += SCHEDULED_EXTRA;
    for (const event of history.events ?? []) {
      asked.events += 1;
      for (const [name, actions] of Object.entries(ACTIONS))
        asked.actions += event[name as keyof typeof event] ? actions : 0;
      // The history holds the last attempt only, and its number.
      asked.actions += Math.max(0, (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1);
    }
  }
  return asked;
}
