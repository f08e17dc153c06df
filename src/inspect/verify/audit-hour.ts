import { setTimeout as sleep } from 'node:timers/promises';
import { readLedger } from '../../lake/ledgers.js';
import { valueOf } from '../../lake/outcome.js';
import { quarantineKey, stagingPrefix, tableKey } from '../../lake/keys.js';
import { completeness, encodeLedger, type Ledger, quarantinedTotal } from '../../lake/ledger.js';
import { mergeHour, type MergedHour } from './merge-hour.js';
import type { Entry } from '../../lake/segment.js';
import type { HourFacts } from '../../activities/seal/tally.js';
import type { RecordForm } from '../../dataset/form.js';
import type { Storage } from '../../storage/port.js';
import { KeptRows, OrderCheck, readObject, RowCheck } from './audit-object.js';
import { parquetDifferences } from './audit-parquet.js';
import { readQuarantine } from '../../lake/quarantine.js';

const LOOK_EVERY_MS = 250;

/** Everything in which an hour's ledger and object differ from its records in the archive, in words. */
export async function auditHour(
  storage: Storage,
  ledger: Ledger,
  entries: readonly Entry[],
  form: RecordForm,
): Promise<{ merged: MergedHour; differences: string[] }> {
  const merged = mergeHour(entries, form);
  const check = new RowCheck(merged.rows);
  const { differences, isRead } = await readObject(storage, ledger, (row, at) => check.take(row, at));
  const line = isRead ? check.difference : undefined;
  const key = tableKey(ledger.dataset, ledger.hour);
  return {
    merged,
    differences: [
      ...countDifferences(ledger, merged),
      ...differences,
      ...(line === undefined ? [] : [`${key} differs from the archive, first in line ${line}`]),
      ...(await parquetDifferences(storage, ledger, merged.rows, form)),
      ...(await conflictDifferences(storage, ledger.dataset, merged)),
    ],
  };
}

/**
 * What can be checked of an hour whose records cannot be opened for lack of a key: ledger and object by
 * themselves, and against each other.
 */
export async function auditShutHour(storage: Storage, ledger: Ledger, form: RecordForm): Promise<string[]> {
  const order = new OrderCheck(form);
  const kept = new KeptRows();
  const { differences } = await readObject(storage, ledger, (row, at) => {
    order.take(row, at);
    if (ledger.parquet) kept.take(row);
  });
  if (differences.length === 0) {
    if (order.fault !== undefined)
      differences.push(
        `${tableKey(ledger.dataset, ledger.hour)}: line ${order.fault} is no row, or not in order`,
      );
    else differences.push(...(await parquetDifferences(storage, ledger, kept.rows, form)));
  }
  const byKeys = Object.values(ledger.keys).reduce((sum, n) => sum + n, 0);
  if (byKeys !== ledger.landed) differences.push(`keys opened ${byKeys} rows, landed is ${ledger.landed}`);
  if ((ledger.object?.rows ?? 0) !== ledger.landed)
    differences.push(`the object has ${ledger.object?.rows ?? 0} rows, landed is ${ledger.landed}`);
  return [...sumDifferences(ledger), ...differences];
}

function sumDifferences(ledger: Ledger): string[] {
  const total = ledger.landed + ledger.duplicates + quarantinedTotal(ledger.quarantined);
  if (ledger.seen === total) return [];
  return [`seen is ${ledger.seen}, but landed + duplicates + quarantined is ${total}`];
}

/** Every count of the ledger that the archive contradicts, in words. */
export function countDifferences(ledger: Ledger, merged: HourFacts): string[] {
  const differences: string[] = sumDifferences(ledger);
  const compare = (name: string, ledgerSays: unknown, archiveSays: unknown): void => {
    const [a, b] = [canonical(ledgerSays), canonical(archiveSays)];
    if (a !== b) differences.push(`${name}: the ledger says ${a}, the archive ${b}`);
  };
  compare('seen', ledger.seen, merged.seen);
  compare('landed', ledger.landed, merged.landed);
  compare('duplicates', ledger.duplicates, merged.duplicates);
  compare('quarantined', ledger.quarantined, merged.quarantined);
  compare('keys', ledger.keys, merged.keys);
  compare('ids.first', ledger.ids.first, merged.ids[0]?.[0] ?? merged.texts?.first ?? null);
  compare('ids.last', ledger.ids.last, merged.texts?.last ?? merged.ids.at(-1)?.[1] ?? null);
  compare('sizes.json', ledger.sizes.json, merged.jsonBytes);
  compare('sizes.compact', ledger.sizes.compact, merged.compactBytes);
  compare('complete', ledger.complete, completeness(ledger.landed, ledger.ids.missingCount));
  if (ledger.late < 0 || ledger.late > ledger.landed)
    differences.push(`late is ${ledger.late} of ${ledger.landed} landed`);
  return differences;
}

async function conflictDifferences(storage: Storage, dataset: string, merged: MergedHour): Promise<string[]> {
  const differences: string[] = [];
  for (const { raw, index } of merged.conflicts) {
    const key = quarantineKey(dataset, raw);
    const stored = valueOf(await readQuarantine(storage, key));
    const found = stored?.some((e) => e.index === index && e.reason === 'conflicting-duplicate');
    if (!found) differences.push(`${key} lacks the conflicting duplicate at position ${index}`);
  }
  return differences;
}

/**
 * Whether the hour was sealed again since the ledger was read. A seal between object and ledger has scratch
 * of its own; it gets `patienceMs` to end, since what it leaves then is either a new ledger or damage.
 */
export async function hasMoved(storage: Storage, ledger: Ledger, patienceMs = 10_000): Promise<boolean> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    const now = valueOf(await readLedger(storage, ledger.dataset, ledger.hour));
    if (!now || encodeLedger(now.ledger) !== encodeLedger(ledger)) return true;
    if (performance.now() >= untilMs || !(await isBeingSealed(storage, ledger))) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

async function isBeingSealed(storage: Storage, { dataset, hour }: Ledger): Promise<boolean> {
  const prefix = stagingPrefix(dataset, `seal-${hour}-`).slice(0, -1);
  for await (const found of storage.list(prefix)) return found.bytes >= 0;
  return false;
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
}
