import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Config } from '../config/config.js';
import { HourSet } from '../dataset/hour-set.js';
import { agreedLake } from '../process/lake-agreement.js';
import { ensureSearchAttributes } from '../process/search-attributes.js';
import type { ReprocessInput, ReprocessResult } from '../workflows/messages.js';
import { reprocessPriority } from '../workflows/priorities.js';
import { connectClient } from '../process/connect.js';
import { reasonsOf } from './failure-reasons.js';
import { openLake } from './lake.js';
import { exitWith } from './exit-code.js';
import { complain, out } from './output.js';
import { count } from '../figures.js';
import { Places, watchReprocess } from './reprocess-watch.js';

type Range = Pick<ReprocessInput, 'mode' | 'from' | 'to'>;

/** What is asked for: `atOnce` activities over all workers, or as many as these take. */
export interface Wanted extends Range {
  readonly atOnce?: number | undefined;
}

/**
 * Starts the workflow `reprocess`, or joins the one that is at the same work already; shows how far it is, and resolves to what it did. A
 * worker has to be running.
 */
export async function runReprocess(config: Config, { atOnce, ...range }: Wanted): Promise<ReprocessResult> {
  const temporal = await connectClient(config.temporal);
  const { client, namespace } = temporal;
  try {
    const { dataset, latenessMs, idleMs, declaration, taskQueue } = config;
    const lake = await agreedLake(client, config, await openLake(config));
    const { kind } = await ensureSearchAttributes(client.connection, namespace);
    const registered = kind === 'ready' ? { searchAttributes: true } : {};
    const places = new Places({ client, namespace, taskQueue, lake }, atOnce);
    const wanted = await places.count();
    const workflowId = idOf(dataset, range);
    const isJoined = await isRunning(client, workflowId);
    const handle: WorkflowHandle = await client.workflow.start('reprocess', {
      workflowId,
      // A command that was ended, and is typed again, goes on where its run is by now.
      workflowIdConflictPolicy: 'USE_EXISTING',
      taskQueue,
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
          atOnce: wanted,
        } satisfies ReprocessInput,
      ],
      ...textsOf(dataset, range),
    });
    if (isJoined) await handle.signal('setAtOnce', wanted);
    process.stderr.write(
      `${isJoined ? 'Joined' : 'Started'} ${workflowId}, ${count(wanted)} activities at once; it goes on should this command be stopped.\n`,
    );
    const stop = watchReprocess(client, handle, places);
    try {
      const result = (await handle.result()) as ReprocessResult;
      if (result.gone.length + result.damaged.length + result.failed.length > 0) exitWith(1);
      return result;
    } catch (error) {
      throw new Error(`${workflowId} failed: ${reasonsOf(error)}`, { cause: error });
    } finally {
      await stop();
    }
  } finally {
    await temporal.close();
  }
}

/** The same work has the same id, so that nobody does it twice at a time. */
function idOf(dataset: string, { mode, from, to }: Range): string {
  if (mode === 'redrive') return `fernlake-${dataset}-redrive`;
  return `fernlake-${dataset}-reprocess-${from || to ? `${from ?? 'first'}-${to ?? 'last'}` : 'all'}`;
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  const found = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  return found?.status.name === 'RUNNING';
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

/** As a script reads it: the hours one by one. */
export const jsonOf = (result: ReprocessResult): object => ({
  ...result,
  changed: [...new HourSet(result.changed)],
  nudged: [...new HourSet(result.nudged)],
});

export function showResult(result: ReprocessResult): void {
  const { carried, hours, sealed, gone, damaged, failed, unnamed } = result;
  const [changed, nudged] = [new HourSet(result.changed), new HourSet(result.nudged)];
  const first = sealed > 0 ? `, ${count(sealed)} sealed for the first time` : '';
  out(
    `${count(carried)} answers carried, ${count(hours)} hours computed again, ${count(changed.size)} changed${first}.`,
  );
  for (const hour of changed) out(`  changed ${hour}`);
  for (const hour of nudged) out(`  told    ${hour}: its seal was running already, and computes it again`);
  for (const key of gone) complain(`  gone    ${key}: restore it from a copy`);
  for (const key of damaged) complain(`  damaged ${key}: restore it from a copy`);
  for (const { what, code, why } of failed) complain(`  failed  ${what}: ${why} (${code})`);
  if (unnamed > 0) complain(`  and ${count(unnamed)} more, not named here`);
}
