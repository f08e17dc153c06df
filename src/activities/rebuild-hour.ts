import { FernlakeError } from '../domain/errors.js';
import { type Hour, hourOf, hourStartMs } from '../domain/hour.js';
import { ledgerKey, rawHourPrefix, rawKey, rawNameOf, rawPrefix, tableKey } from '../domain/lake-keys.js';
import { mergeHour, type MergedHour, recordIdOf } from '../domain/merge-hour.js';
import type { Entry } from '../domain/segment.js';
import { compactWindow, decryptWindow, parseWindow } from '../domain/window.js';
import type { ActivityDeps } from './deps.js';
import type { HourState, StoredSegment } from './hour-files.js';
import { rawNameAt, readPacked, readRaw } from './lake.js';
import { currentPulse } from './pulse.js';

type Deps = Pick<ActivityDeps, 'storage' | 'keyRing' | 'urls'>;

/** No record's time is further ahead of its arrival than this (domain/record.ts), so no earlier answer shows the hour. */
const AHEAD_MAX_MS = 24 * 3_600_000;

/**
 * The hour computed from scratch: from the answers that its ledger and its segments name or, where the ledger is lost and
 * those do not give all that has landed, from the whole archive. Throws rather than take landed rows away: `LakeCorrupt`
 * when an answer is gone, `Configuration` when a key is.
 */
export async function rebuildHour(
  deps: Deps,
  dataset: string,
  hour: Hour,
  { ledger }: HourState,
  segments: readonly StoredSegment[],
): Promise<MergedHour> {
  await checkKeys(deps, hour, [
    ...Object.keys(ledger?.ledger.keys ?? {}),
    ...segments.flatMap(({ segment }) => segment.entries.map((entry) => entry.key)),
  ]);
  const named = new Set([
    ...(ledger?.ledger.raw ?? []).map(rawNameOf),
    ...segments.flatMap(({ segment }) => segment.raws),
  ]);
  const damaged: string[] = [];
  const merged = mergeHour(await entriesOf(deps, dataset, hour, [...named].sort(), damaged));
  if (damaged[0] !== undefined) throw goneOrDamaged(rawKey(dataset, damaged[0]), hour);
  if (ledger || (await holdsAllThatLanded(deps, dataset, hour, merged))) return merged;
  const all = mergeHour(await entriesOf(deps, dataset, hour, await rawsSince(deps, dataset, hour), damaged));
  if (await holdsAllThatLanded(deps, dataset, hour, all)) return all;
  const key = ledgerKey(dataset, hour);
  throw new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} is gone, and raw/ with the keys in FERNET_KEYS does not give all rows that have landed: restore it from a copy`,
    { details: { key, hour, damagedRaws: damaged.length } },
  );
}

/** Every appearance of the hour's records in these archived answers; those gone or damaged are added to `damaged`. */
async function entriesOf(
  { storage, keyRing, urls }: Deps,
  dataset: string,
  hour: Hour,
  raws: readonly string[],
  damaged: string[],
): Promise<Entry[]> {
  const pulse = currentPulse();
  const ring = await keyRing();
  const entries: Entry[] = [];
  for (const raw of raws) {
    pulse.beat();
    const body = await readRaw(storage, dataset, raw);
    if (!body) {
      damaged.push(raw);
      continue;
    }
    const window = compactWindow(decryptWindow(raw, parseWindow(body), ring), urls);
    entries.push(...window.entries.filter((entry) => entry.hour === hour));
  }
  return entries;
}

/** Records that a key opened once would be undecryptable without it, and their rows would vanish. */
async function checkKeys({ keyRing }: Deps, hour: Hour, needed: readonly string[]): Promise<void> {
  const { keyIds } = await keyRing();
  const lacking = needed.find((id) => !keyIds.includes(id));
  if (lacking === undefined) return;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `the hour ${hour} cannot be rebuilt without the key ${lacking}, which opened records of it: add it to FERNET_KEYS, at the end`,
    { details: { hour, keyId: lacking } },
  );
}

async function holdsAllThatLanded(
  { storage }: Deps,
  dataset: string,
  hour: Hour,
  merged: MergedHour,
): Promise<boolean> {
  const packed = await readPacked(storage, tableKey(dataset, hour));
  const ids = new Set(merged.rows.map(recordIdOf));
  const landed = (packed?.toString('utf8') ?? '').split('\n').filter((row) => row !== '');
  return landed.every((row) => ids.has(recordIdOf(row)));
}

async function rawsSince({ storage }: Deps, dataset: string, hour: Hour): Promise<string[]> {
  const names: string[] = [];
  const startAfter = rawHourPrefix(dataset, hourOf(hourStartMs(hour) - AHEAD_MAX_MS));
  for await (const { key } of storage.list(rawPrefix(dataset), { startAfter })) {
    const name = rawNameAt(dataset, key);
    if (name !== undefined) names.push(name);
  }
  return names;
}

function goneOrDamaged(key: string, hour: Hour): FernlakeError {
  return new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} is gone or damaged, and the hour ${hour} cannot be rebuilt without it: restore it from a copy`,
    { details: { key, hour } },
  );
}
