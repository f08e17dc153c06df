import { readQuarantine } from '../lake/quarantine.js';
import { summarizeQuarantine } from '../audit/quarantine-summary.js';
import { type Hour, hourOf } from '../domain/hour.js';
import { ledgerPrefix, quarantineHourPrefix, quarantinePrefix, tablePrefix } from '../domain/lake-keys.js';
import type { Ledger } from '../domain/ledger.js';
import { valueOf } from '../domain/outcome.js';
import { readLakeName } from '../lake-identity.js';
import type { Storage } from '../storage/port.js';
import { newestHours, readLedgersOf } from './newest-ledgers.js';

export interface LakeState {
  readonly uri: string;
  /** Of its lake.json; null: nobody has written to it yet. */
  readonly id: string | null;
  /** The newest sealed hours, ascending. */
  readonly hours: readonly Pick<Ledger, 'hour' | 'revision' | 'landed' | 'complete' | 'sealedAt'>[];
  readonly missing: readonly { readonly hour: Hour; readonly missingCount: number }[];
  /** Appearances by reason: of what arrived in the last day, or of all with `all`. */
  readonly quarantined: Readonly<Record<string, number>>;
  /** Where there were more quarantine objects than are read for a glance. */
  readonly quarantineCut: boolean;
  /** Bytes of the table's objects: of the newest hours, or of all with `all`. */
  readonly tableBytes: number;
  readonly total: { readonly hours: number } | null;
}

const GLANCE_HOURS = 24;
const QUARANTINE_MAX = 200;
const DAY_MS = 86_400_000;

/** A glance reads the newest day of ledgers, whatever the lake's age; `all` lists the whole table and quarantine. */
export async function readLakeState(
  storage: Storage,
  dataset: string,
  all: boolean,
  nowMs: number,
): Promise<LakeState> {
  const hours = await newestHours(storage, dataset, GLANCE_HOURS, nowMs);
  const ledgers = await readLedgersOf(storage, dataset, hours);
  const glance = {
    uri: storage.uri,
    id: (await readLakeName(storage))?.id ?? null,
    hours: ledgers.map(({ hour, revision, landed, complete, sealedAt }) => ({
      hour,
      revision,
      landed,
      complete,
      sealedAt,
    })),
    missing: ledgers
      .filter(({ ids }) => ids.missingCount > 0)
      .map(({ hour, ids }) => ({ hour, missingCount: ids.missingCount })),
  };
  if (!all) {
    const { counts, cut } = await recentQuarantine(storage, dataset, nowMs);
    const tableBytes = ledgers.reduce((sum, { sizes }) => sum + sizes.gzip, 0);
    return { ...glance, quarantined: counts, quarantineCut: cut, tableBytes, total: null };
  }
  const counts: Record<string, number> = {};
  for (const { reason, appearances } of (await summarizeQuarantine(storage, dataset)).groups)
    counts[reason] = (counts[reason] ?? 0) + appearances;
  let tableBytes = 0;
  for await (const { bytes } of storage.list(tablePrefix(dataset))) tableBytes += bytes;
  let sealed = 0;
  for await (const key of storage.keys(ledgerPrefix(dataset))) sealed += key.endsWith('.json') ? 1 : 0;
  return { ...glance, quarantined: counts, quarantineCut: false, tableBytes, total: { hours: sealed } };
}

async function recentQuarantine(
  storage: Storage,
  dataset: string,
  nowMs: number,
): Promise<{ counts: Record<string, number>; cut: boolean }> {
  const counts: Record<string, number> = {};
  const startAfter = quarantineHourPrefix(dataset, hourOf(nowMs - DAY_MS));
  let read = 0;
  for await (const key of storage.keys(quarantinePrefix(dataset), { startAfter })) {
    if (read === QUARANTINE_MAX) return { counts, cut: true };
    read += 1;
    // One that is damaged is for `fernlake verify` and `quarantine list` to name.
    for (const { reason } of valueOf(await readQuarantine(storage, key)) ?? [])
      counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return { counts, cut: false };
}
