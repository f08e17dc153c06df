import { log, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { Hour } from '../dataset/hour.js';
import { codeOf, reasonOf } from './failures.js';
import { RESTARTS_MAX, SCRATCH_LIFE_MS, TIMEOUTS } from './timeouts.js';

const { decrypt, compact, partition, gzip, upload } = proxyActivities<Activities>(TIMEOUTS.process);
const { sweep } = proxyActivities<Activities>(TIMEOUTS.sweep);

export interface Batch {
  readonly dataset: string;
  readonly slot: string;
  readonly n: number;
  /** The run's folder under staging/. */
  readonly staging: string;
  /** Raw names, in order of arrival. */
  readonly raws: readonly string[];
  /** The answer carried before these. */
  readonly context?: string | null;
  /** The answers were carried before, and are carried again. */
  readonly again?: boolean;
}

export interface BatchResult {
  readonly records: number;
  readonly quarantined: number;
  readonly damaged: readonly string[];
  readonly hours: readonly Hour[];
  /** The hours of which these answers show something new. */
  readonly news: readonly Hour[];
  readonly newestEventMs: number | null;
  /** Raw names that were too much for this batch; at least one was not. */
  readonly rest: readonly string[];
}

/** decrypt -> compact -> partition -> gzip -> upload. Scratch that vanishes on the way is computed again from the archive. */
export async function processBatch(batch: Batch): Promise<BatchResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await carry(batch);
    } catch (error) {
      if (codeOf(error) !== 'StagedBlobGone' || attempt === RESTARTS_MAX) throw error;
      log.warn('staged blob gone: the batch is computed again', {
        slot: batch.slot,
        n: batch.n,
        why: reasonOf(error),
      });
    }
  }
}

async function carry({
  dataset,
  slot,
  n,
  staging: run,
  raws,
  context = null,
  again,
}: Batch): Promise<BatchResult> {
  const staging = `${run}${n}/`;
  const scratch = { dataset, staging };
  const {
    decrypted,
    undecryptable,
    damaged,
    rest = [],
  } = await decrypt.executeWithOptions(
    { summary: `decrypt ${raws.length} answer${raws.length === 1 ? '' : 's'}` },
    [{ ...scratch, raws, context }],
  );
  const {
    compacted,
    quarantined,
    newestEventMs,
    rest: further = [],
  } = await compact.executeWithOptions({ summary: `compact ${decrypted.records} records` }, [
    { ...scratch, decrypted },
  ]);
  const { manifest, hours, news } = await partition.executeWithOptions(
    { summary: `partition ${compacted.records} records by hour` },
    [{ ...scratch, compacted, slot, n, ...(again ? { again } : {}) }],
  );
  const packed = await gzip.executeWithOptions({ summary: `gzip ${manifest.records} parts` }, [
    { ...scratch, manifest },
  ]);
  await upload.executeWithOptions({ summary: `upload ${hours.length} segments` }, [
    { dataset, manifest: packed },
  ]);
  await sweep.executeWithOptions({ summary: 'remove the scratch' }, [
    { ...scratch, olderThanMs: SCRATCH_LIFE_MS },
  ]);
  if (undecryptable > 0) log.warn('tokens in quarantine: no key opens them', { slot, n, undecryptable });
  return {
    records: decrypted.records + undecryptable,
    quarantined: Object.values(quarantined).reduce((sum, count) => sum + count, 0),
    damaged,
    hours,
    news,
    newestEventMs,
    rest: [...further, ...rest],
  };
}
