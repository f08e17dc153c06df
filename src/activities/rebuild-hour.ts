import { FernlakeError } from '../domain/errors.js';
import { type Hour, hourOf, hourStartMs } from '../domain/hour.js';
import { ledgerKey, rawHourPrefix, rawKey, rawNameOf, rawPrefix, tableKey } from '../domain/lake-keys.js';
import { appendId, type IdRange, normalizeRanges, subtractRanges } from '../domain/id-ranges.js';
import { type StreamFacts, StreamMerge } from '../domain/merge-stream.js';
import { AHEAD_MAX_MS } from '../domain/record.js';
import type { ActivityDeps } from './deps.js';
import { eachIdOfObject, type HourState, type StoredSegment } from './hour-files.js';
import { rawNameAt } from './lake.js';
import { type KeepRun, sortedRuns } from './sorted-runs.js';

type Deps = Pick<ActivityDeps, 'storage' | 'keyRing' | 'urls'>;

export interface RebuildPlace {
  readonly dataset: string;
  readonly hour: Hour;
}

/**
 * The hour computed from scratch: from the answers that its ledger and its segments name or, where the ledger is lost and
 * those do not give all that has landed, from the whole archive. `take` takes the rows, and is called again in the second
 * case. Throws rather than take landed rows away: `LakeCorrupt` when an answer is gone, `Configuration` when a key is.
 */
export async function rebuildHour<T extends { readonly facts: StreamFacts }>(
  deps: Deps,
  { dataset, hour }: RebuildPlace,
  { ledger }: HourState,
  segments: readonly StoredSegment[],
  keepRun: KeepRun,
  take: (merge: StreamMerge) => Promise<T>,
): Promise<T> {
  await checkKeys(deps, hour, [
    ...Object.keys(ledger?.ledger.keys ?? {}),
    ...segments.flatMap(({ header }) => header.keys),
  ]);
  const named = new Set([
    ...(ledger?.ledger.raw ?? []).map(rawNameOf),
    ...segments.flatMap(({ header }) => header.raws),
  ]);
  const { runs, damaged } = await sortedRuns(deps, { dataset, hour }, [...named].sort(), keepRun);
  if (damaged[0] !== undefined) throw goneOrDamaged(rawKey(dataset, damaged[0]), hour);
  const made = await take(new StreamMerge(runs));
  if (ledger) return made;
  const landed = await landedIds(deps, dataset, hour);
  if (subtractRanges(landed, made.facts.rowIds).length === 0) return made;
  const all = await sortedRuns(deps, { dataset, hour }, await rawsSince(deps, dataset, hour), keepRun);
  const madeOfAll = await take(new StreamMerge(all.runs));
  if (subtractRanges(landed, madeOfAll.facts.rowIds).length === 0) return madeOfAll;
  const key = ledgerKey(dataset, hour);
  throw new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} is gone, and raw/ with the keys in FERNET_KEYS does not give all rows that have landed: restore it from a copy`,
    { details: { key, hour, damagedRaws: all.damaged.length } },
  );
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

/** The ids in the object that stands. */
async function landedIds({ storage }: Deps, dataset: string, hour: Hour): Promise<IdRange[]> {
  const ids: [number, number][] = [];
  await eachIdOfObject(storage, tableKey(dataset, hour), (id) => appendId(ids, id));
  return normalizeRanges(ids);
}

async function rawsSince({ storage }: Deps, dataset: string, hour: Hour): Promise<string[]> {
  const names: string[] = [];
  // No record's time is further ahead of its arrival, so no earlier answer shows the hour.
  const startAfter = rawHourPrefix(dataset, hourOf(hourStartMs(hour) - AHEAD_MAX_MS));
  for await (const key of storage.keys(rawPrefix(dataset), { startAfter })) {
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
