import type { Client } from '@temporalio/client';

/** The server's numbers: temporal.api.enums.v1.TaskQueueType. */
const TASKS = { workflow: 1, activity: 2 } as const;
/** The server names who asked within five minutes; a worker asks again within one. */
const FRESH_MS = 90_000;

export interface Poller {
  readonly identity: string;
  /** ISO time at which it asked last. */
  readonly seenAt: string;
}

/** Who asks for such tasks on the task queue. */
export async function freshPollers(
  client: Client,
  namespace: string,
  name: string,
  tasks: keyof typeof TASKS,
): Promise<Poller[]> {
  const request = { namespace, taskQueue: { name }, taskQueueType: TASKS[tasks] };
  const { pollers } = await client.workflowService.describeTaskQueue(request);
  return (pollers ?? [])
    .map(({ identity, lastAccessTime }) => ({
      identity: identity ?? 'unknown',
      seenMs: Number(lastAccessTime?.seconds ?? 0) * 1000,
    }))
    .filter(({ seenMs }) => Date.now() - seenMs < FRESH_MS)
    .map(({ identity, seenMs }) => ({ identity, seenAt: new Date(seenMs).toISOString() }));
}
