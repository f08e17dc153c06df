import { reprocessPriority } from '../workflows/priorities.js';
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Config } from '../config/config.js';
import { agreedLake } from '../process/lake-agreement.js';
import { ensureSearchAttributes } from '../process/search-attributes.js';
import type { ReprocessInput, ReprocessResult } from '../workflows/messages.js';
import { connectClient } from '../process/connect.js';
import { reasonsOf } from './failure-reasons.js';
import { openLake } from './lake.js';
import { exitWith } from './exit-code.js';
import { complain, out } from './output.js';
import { showProgress } from './progress.js';
import { count } from '../figures.js';

type Range = Pick<ReprocessInput, 'mode' | 'from' | 'to'>;

const LOOK_MS = 2_000;

/** Starts the workflow `reprocess`, shows how far it is, and resolves to what it did. A worker has to be running. */
export async function runReprocess(config: Config, range: Range): Promise<ReprocessResult> {
  const temporal = await connectClient(config.temporal);
  const { client, namespace } = temporal;
  try {
    const { dataset, latenessMs, idleMs, declaration } = config;
    const lake = await agreedLake(client, config, await openLake(config));
    const { kind } = await ensureSearchAttributes(client.connection, namespace);
    const registered = kind === 'ready' ? { searchAttributes: true } : {};
    const handle: WorkflowHandle = await client.workflow.start('reprocess', {
      workflowId: `fernlake-${dataset}-${range.mode === 'redrive' ? 'redrive' : 'reprocess'}-${randomUUID().slice(0, 8)}`,
      taskQueue: config.taskQueue,
      priority: reprocessPriority(dataset),
      args: [
        {
          dataset,
          lake,
          latenessMs,
          idleMs,
          contiguousIds: declaration.source.contiguous,
          ...registered,
          ...range,
        } satisfies ReprocessInput,
      ],
      ...textsOf(dataset, range),
    });
    process.stderr.write(`Started ${handle.workflowId}; it goes on should this command be stopped.\n`);
    const stop = watch(handle);
    try {
      const result = (await handle.result()) as ReprocessResult;
      if (result.gone.length + result.damaged.length + result.failed.length > 0) exitWith(1);
      return result;
    } catch (error) {
      throw new Error(`${handle.workflowId} failed: ${reasonsOf(error)}`, { cause: error });
    } finally {
      stop();
    }
  } finally {
    await temporal.close();
  }
}

/** What the Web UI shows of the run, before and after it. */
function textsOf(
  dataset: string,
  { mode, from, to }: Range,
): { staticSummary: string; staticDetails: string } {
  if (mode === 'redrive') {
    return {
      staticSummary: `redrive the quarantine of ${dataset}`,
      staticDetails:
        'Judges every record in quarantine again, with the keys and rules of today, carries the answers that hold one which can land by now, and computes their hours again.',
    };
  }
  const span = from || to ? `${from ?? 'the first hour'} to ${to ?? 'the last'}` : 'all hours';
  return {
    staticSummary: `reprocess ${dataset}, ${span}`,
    staticDetails:
      'Carries what is archived and nobody has carried, then computes each sealed hour of the range again from the raw archive. The same code gives the same bytes; an hour that comes out as it stands is not written.',
  };
}

export function showResult(result: ReprocessResult): void {
  const { carried, hours, changed, nudged, gone, damaged, failed, unnamed } = result;
  out(
    `${count(carried)} answers carried, ${count(hours)} hours computed again, ${count(changed.length)} changed.`,
  );
  for (const hour of changed) out(`  changed ${hour}`);
  for (const hour of nudged) out(`  told    ${hour}: its seal was running already, and computes it again`);
  for (const key of gone) complain(`  gone    ${key}: restore it from a copy`);
  for (const key of damaged) complain(`  damaged ${key}: restore it from a copy`);
  for (const { what, code, why } of failed) complain(`  failed  ${what}: ${why} (${code})`);
  if (unnamed > 0) complain(`  and ${count(unnamed)} more, not named here`);
}

function watch(handle: WorkflowHandle): () => void {
  const progress = showProgress();
  const timer = setInterval(() => {
    handle
      .query<ReprocessResult>('status')
      .then(({ carried, hours }) => progress.tell(() => `${count(carried)} answers, ${count(hours)} hours`))
      // No worker answers just now: the next look may.
      .catch(() => undefined);
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    progress.end();
  };
}
