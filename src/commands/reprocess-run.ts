import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Config } from '../config.js';
import { ensureSearchAttributes } from '../search-attributes.js';
import type { ReprocessInput, ReprocessResult } from '../workflows/messages.js';
import { connectClient } from './connect.js';
import { count, out } from './output.js';

const LOOK_MS = 2_000;

/** Starts the workflow `reprocess`, shows how far it is, and resolves to what it did. A worker has to be running. */
export async function runReprocess(
  config: Config,
  range: Pick<ReprocessInput, 'mode' | 'from' | 'to'>,
): Promise<ReprocessResult> {
  const temporal = await connectClient(config.temporal);
  const { client, namespace } = temporal;
  try {
    const { dataset, latenessMs, idleMs, contiguousIds } = config;
    const { kind } = await ensureSearchAttributes(client.connection, namespace);
    const registered = kind === 'ready' ? { searchAttributes: true } : {};
    const handle: WorkflowHandle = await client.workflow.start('reprocess', {
      workflowId: `fernlake-${dataset}-${range.mode === 'redrive' ? 'redrive' : 'reprocess'}-${randomUUID().slice(0, 8)}`,
      taskQueue: config.taskQueue,
      args: [
        { dataset, latenessMs, idleMs, contiguousIds, ...registered, ...range } satisfies ReprocessInput,
      ],
      staticSummary: range.mode === 'redrive' ? `redrive ${dataset}` : `reprocess ${dataset}`,
    });
    process.stderr.write(`Started ${handle.workflowId}; it goes on should this command be stopped.\n`);
    const stop = showProgress(handle);
    try {
      return (await handle.result()) as ReprocessResult;
    } finally {
      stop();
    }
  } finally {
    await temporal.close();
  }
}

export function showResult({ carried, hours, changed, nudged }: ReprocessResult): void {
  out(
    `${count(carried)} answers carried, ${count(hours)} hours computed again, ${count(changed.length)} changed.`,
  );
  for (const hour of changed) out(`  changed ${hour}`);
  for (const hour of nudged) out(`  told    ${hour}: its seal was running already, and computes it again`);
}

function showProgress(handle: WorkflowHandle): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const timer = setInterval(() => {
    handle
      .query<ReprocessResult>('status')
      .then(({ carried, hours }) => process.stderr.write(`\r${carried} answers, ${hours} hours `))
      // No worker answers just now: the next look may.
      .catch(() => undefined);
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\u001b[K');
  };
}
