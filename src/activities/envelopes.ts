import type { TableWindow } from '../domain/entry-table.js';
import { FernlakeError } from '../domain/errors.js';
import { rawKey } from '../domain/lake-keys.js';
import type { QuarantineEntry } from '../domain/reason.js';
import { parseWindow, type Refusal } from '../domain/window.js';
import type { Storage } from '../storage/port.js';
import { inParallel, readRaw } from './lake.js';
import { currentPulse } from './pulse.js';

/** Answers read again for their envelopes: each may have LIMITS.bodyBytesMax, and several times that once it is parsed. */
const ANSWERS_AT_ONCE = 2;

/**
 * Calls with each of these answers that refuses something, and with what it refuses. `again`: with every one, so that what can land
 * by now leaves quarantine.
 */
export async function eachRefused<T>(
  storage: Storage,
  dataset: string,
  windows: readonly TableWindow[],
  again: boolean,
  use: (raw: string, entries: QuarantineEntry[]) => Promise<T>,
): Promise<T[]> {
  const pulse = currentPulse();
  const refused = windows.filter(({ refusals }) => refusals.length > 0 || again);
  return await inParallel(refused, ANSWERS_AT_ONCE, async ({ raw, refusals }) => {
    pulse.beat();
    return await use(raw, await withEnvelopes(storage, dataset, refusals));
  });
}

/**
 * Refusals with the envelopes that the source sent, read back from the archive: they never travel through staging or
 * history. Throws `LakeCorrupt` when an archived answer is gone, since a quarantine entry without its token helps nobody.
 */
export async function withEnvelopes(
  storage: Storage,
  dataset: string,
  refusals: readonly Refusal[],
): Promise<QuarantineEntry[]> {
  const windows = new Map<string, unknown[]>();
  for (const raw of new Set(refusals.map((refusal) => refusal.raw))) {
    const body = await readRaw(storage, dataset, raw);
    if (!body) {
      const key = rawKey(dataset, raw);
      throw new FernlakeError(
        'LakeCorrupt',
        'terminal',
        `${key} is gone or damaged: restore it from a copy`,
        {
          details: { key },
        },
      );
    }
    windows.set(raw, parseWindow(body));
  }
  return refusals.map(({ raw, index, reason, detail }) => ({
    reason,
    detail,
    raw,
    index,
    envelope: windows.get(raw)?.[index] ?? null,
  }));
}
