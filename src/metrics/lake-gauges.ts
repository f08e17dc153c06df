import { type Hour, hourEndMs, parseHour } from '../domain/hour.js';
import { ledgerKey, segmentsPrefix } from '../domain/lake-keys.js';
import { newestHours, readLedgersOf } from '../status/newest-ledgers.js';
import type { Storage } from '../storage/port.js';
import { QUIET_IDLES } from '../workflows/timeouts.js';
import type { Metrics } from './metrics.js';

export interface LakeGaugesInput {
  readonly storage: Storage;
  readonly dataset: string;
  readonly latenessMs: number;
  readonly idleMs: number;
}

const RECENT_HOURS = 24;

/**
 * Reads from the lake what is true for all workers together: the newest sealed hour, what is missing in the last day of
 * them, and the hours that wait for their seal. A few listings, whatever the lake's age. Throws the storage's error.
 */
export async function readLakeGauges(metrics: Metrics, input: LakeGaugesInput): Promise<void> {
  const { storage, dataset } = input;
  const hours = await newestHours(storage, dataset, RECENT_HOURS, Date.now());
  const ledgers = await readLedgersOf(storage, dataset, hours);
  const due = await dueTimes(input);
  const newest = hours.at(-1);
  if (newest === undefined) metrics.newestSealed.remove();
  else metrics.newestSealed.set(hourEndMs(newest) / 1000);
  metrics.recentMissing.set(ledgers.reduce((sum, { ids }) => sum + ids.missingCount, 0));
  metrics.openHours.set(due.length);
  if (due.length === 0) metrics.oldestOpen.remove();
  else metrics.oldestOpen.set(Math.min(...due) / 1000);
}

/**
 * When each hour with unsealed segments should be sealed at the latest. From its oldest segment on where that came after
 * the hour's end: a late record of last week makes that hour due now, not last week. In an hour that is sealed already they
 * may be mere repeats of a quiet source, which are merged only now and then.
 */
async function dueTimes({ storage, dataset, latenessMs, idleMs }: LakeGaugesInput): Promise<number[]> {
  const prefix = segmentsPrefix(dataset);
  const oldest = new Map<Hour, number>();
  for await (const { key, modifiedMs } of storage.list(prefix)) {
    const hour = parseHour(key.slice(prefix.length).split('/', 1)[0] ?? '');
    if (hour) oldest.set(hour, Math.min(oldest.get(hour) ?? modifiedMs, modifiedMs));
  }
  const due: number[] = [];
  for (const [hour, sinceMs] of oldest) {
    const dueMs = Math.max(hourEndMs(hour) + latenessMs, sinceMs) + idleMs;
    const overdue = dueMs < Date.now();
    const sealed = overdue && (await storage.head(ledgerKey(dataset, hour))) !== undefined;
    due.push(sealed ? dueMs + (QUIET_IDLES - 1) * idleMs : dueMs);
  }
  return due;
}
