import { entryOf } from '../../lake/quarantine-entry.js';
import type { TableWindow } from '../compact/entry-table.js';
import type { QuarantineEntry, Refusal } from '../../dataset/reason.js';
import { readAnswer } from '../fetch/answer-reader.js';
import pMap from 'p-map';
import { readRaw } from '../../lake/answers.js';
import type { ReadingDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';

type Archive = Pick<ReadingDeps, 'storage' | 'form'>;

/** Answers read again for their envelopes: each may have LIMITS.bodyBytesMax, and several times that once it is parsed. */
const ANSWERS_AT_ONCE = 2;

/**
 * Calls with each of these answers that refuses something, and with what it refuses. `again`: with every one, so that what can land
 * by now leaves quarantine.
 */
export async function eachRefused<T>(
  deps: Archive,
  dataset: string,
  windows: readonly TableWindow[],
  again: boolean,
  use: (raw: string, entries: QuarantineEntry[]) => Promise<T>,
): Promise<T[]> {
  const pulse = currentPulse();
  const refused = windows.filter(({ refusals }) => refusals.length > 0 || again);
  return await pMap(
    refused,
    async ({ raw, refusals }) => {
      pulse.beat();
      return await use(raw, await withEnvelopes(deps, dataset, refusals));
    },
    { concurrency: ANSWERS_AT_ONCE },
  );
}

/**
 * Refusals with their envelopes, read back from the archive, so that envelopes never go through staging or
 * history. null where the answer is gone or damaged: that holds nothing up, and the next reprocess adds them
 * once it is restored.
 */
export async function withEnvelopes(
  { storage, form }: Archive,
  dataset: string,
  refusals: readonly Refusal[],
): Promise<QuarantineEntry[]> {
  const windows = new Map<string, readonly unknown[]>();
  for (const raw of new Set(refusals.map((refusal) => refusal.raw))) {
    const answer = await readRaw(storage, dataset, raw);
    if (answer.kind === 'read') windows.set(raw, readAnswer(answer.value, form.answers).elements);
    else currentPulse().warn('a refused record has no envelope: its answer cannot be read', { ...answer });
  }
  return refusals.map((refusal) =>
    entryOf(refusal, windows.get(refusal.raw)?.[refusal.index] ?? null, form.answers),
  );
}
