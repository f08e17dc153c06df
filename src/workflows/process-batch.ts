import { type ActivityOptions, log, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { CompactResult } from '../activities/compact/activity.js';
import type { Ref } from '../activities/ref.js';
import type { Hour } from '../dataset/hour.js';
import { codeOf, neverStarted, reasonOf } from './failures.js';
import { livePriority } from './priorities.js';
import { RESTARTS_MAX, SCRATCH_LIFE_MS, TIMEOUTS } from './timeouts.js';

export interface Batch {
  readonly dataset: string;
  readonly slot: string;
  readonly n: number;
  /** The run's folder under staging/. */
  readonly staging: string;
  /** Raw names, in order of arrival. */
  readonly raws: readonly string[];
  /** The answer before the first of them. */
  readonly before: string | null;
  /** The answers were carried before, and are carried again. */
  readonly again?: boolean;
}

export interface BatchResult {
  /** Elements of the answers, whatever became of them. */
  readonly records: number;
  readonly quarantined: number;
  readonly hours: readonly Hour[];
  /** The hours of which these answers show something new. */
  readonly news: readonly Hour[];
  readonly newestEventMs: number | null;
  /** Raw names that were too much for this batch; at least one was not. */
  readonly rest: readonly string[];
}

/**
 * decrypt -> compact -> partition -> gzip -> upload. What each leaves for the next is held by the worker that did it, where it is small.
 * What vanishes on the way, mostly with its worker, is computed again from the archive, and then staged in the storage.
 */
export async function processBatch(batch: Batch): Promise<BatchResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await takeSteps(batch, attempt > 1);
    } catch (error) {
      if (!isBlobGone(error) || attempt === RESTARTS_MAX) throw error;
      log.warn('staged blob gone: the batch is computed again', {
        slot: batch.slot,
        n: batch.n,
        why: reasonOf(error),
      });
    }
  }
}

/** The worker that holds it is gone, too, where nobody takes the step up. */
const isBlobGone = (error: unknown): boolean => codeOf(error) === 'StagedBlobGone' || neverStarted(error);

/** A run of the schedule has no priority of its own: a schedule's action takes none. */
const stepsOf = (dataset: string, options: ActivityOptions) =>
  proxyActivities<Activities>({ ...options, priority: livePriority(dataset) });

async function takeSteps(
  { dataset, slot, n, staging: run, raws, before, again }: Batch,
  inStorage: boolean,
): Promise<BatchResult> {
  const { decrypt } = stepsOf(dataset, TIMEOUTS.process);
  const { sweep } = stepsOf(dataset, TIMEOUTS.sweep);
  const staging = `${run}${n}/`;
  const scratch = { dataset, staging, ...(inStorage ? { inStorage } : {}) };
  const { decrypted, rest, queue } = await decrypt.executeWithOptions(
    { summary: `decrypt ${raws.length} answer${raws.length === 1 ? '' : 's'}` },
    [{ ...scratch, raws, before }],
  );
  const behind = ({ held }: Ref) =>
    stepsOf(dataset, held && queue ? { ...TIMEOUTS.held, taskQueue: queue } : TIMEOUTS.process);
  const { compact } = behind(decrypted);
  const { compacted, ...counts } = await compact.executeWithOptions(
    { summary: `compact ${decrypted.records} records` },
    [{ ...scratch, decrypted }],
  );
  const { partition } = behind(compacted);
  const { bundle, hours, news } = await partition.executeWithOptions(
    { summary: `partition ${compacted.records} records by hour` },
    [{ ...scratch, compacted, slot, n, ...(again ? { again } : {}) }],
  );
  const { gzip } = behind(bundle);
  const packed = await gzip.executeWithOptions({ summary: `gzip ${hours.length} segments` }, [
    { ...scratch, bundle },
  ]);
  const parts = 'bundle' in packed ? packed.bundle : bundle;
  const { upload } = behind(parts);
  await upload.executeWithOptions({ summary: `upload ${hours.length} segments` }, [{ dataset, ...packed }]);
  if (![decrypted, compacted, bundle, parts].every(({ held }) => held))
    await sweep.executeWithOptions({ summary: 'remove the scratch' }, [
      { ...scratch, olderThanMs: SCRATCH_LIFE_MS },
    ]);
  logFaults(counts, { slot, n });
  return {
    records: counts.elements,
    quarantined: Object.values(counts.refused).reduce((sum, count) => sum + count, 0),
    hours,
    news,
    newestEventMs: counts.newestEventMs,
    rest: [...counts.rest, ...rest],
  };
}

/** What of a batch somebody should look after. */
export function logFaults(
  { refused: { undecryptable = 0 }, gone, damaged }: Pick<CompactResult, 'refused' | 'gone' | 'damaged'>,
  batch: { readonly slot: string; readonly n: number },
): void {
  const { slot, n } = batch;
  if (undecryptable > 0) log.warn('tokens in quarantine: no key opens them', { slot, n, undecryptable });
  if (gone.length > 0) log.error('answers are gone from the archive', { slot, n, keys: gone.join(' ') });
  if (damaged.length > 0)
    log.error('answers in the archive are damaged', { slot, n, keys: damaged.join(' ') });
}
