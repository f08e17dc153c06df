import type { Client, WorkflowExecutionInfo, WorkflowHandle } from '@temporalio/client';

export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** Every run on the task queue that visibility knows: the server writes that list a moment later. */
export async function executions(client: Client, taskQueue: string): Promise<WorkflowExecutionInfo[]> {
  const found: WorkflowExecutionInfo[] = [];
  for await (const execution of client.workflow.list({ query: `TaskQueue = '${taskQueue}'` }))
    found.push(execution);
  return found;
}

/** Whether a workflow of this task queue runs, as visibility has it. */
export async function anyRunning(client: Client, taskQueue: string): Promise<boolean> {
  return (await executions(client, taskQueue)).some(({ status }) => status.name === 'RUNNING');
}

export async function historyOf(client: Client, workflowId: string, runId?: string): Promise<History> {
  return await client.workflow.getHandle(workflowId, runId).fetchHistory();
}

/** Every text in a history, whatever its depth: names, messages, stacks, and each payload's bytes as text. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...textsOf(inner)]);
}
