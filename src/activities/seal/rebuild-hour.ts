import { FernlakeError } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { ledgerKey, rawNameOf, tableKey } from '../../lake/keys.js';
import { type StreamFacts, StreamMerge } from './merge-stream.js';
import { hourOfRow } from '../../lake/row-id.js';
import type { Unread } from '../../lake/outcome.js';
import { eachIdOfObject } from '../../lake/rows.js';
import type { HourSegments, StoredSegment } from '../../lake/segments.js';
import { rawsSince, runsAround } from './answers-around.js';
import { NO_KEY } from '../../dataset/fernet-keys.js';
import type { ReadingDeps } from '../deps.js';
import type { HourState } from './hour-files.js';
import { RowIdSet } from './row-id-set.js';
import { type HourPlace, type KeepRun, sortedRuns } from './sorted-runs.js';

/**
 * The hour computed from scratch: from the answers that its ledger and its segments name and, where the ledger or one of those
 * is lost, from those around it; from the whole archive, should that not give all that has landed. `take` takes the rows, and is
 * called again in that case. Throws rather than take landed rows away: `LakeCorrupt` when an answer is gone or damaged,
 * `Configuration` when a key is gone.
 */
export async function rebuildHour<T extends { readonly facts: StreamFacts }>(
  deps: ReadingDeps,
  place: HourPlace,
  { ledger, state }: HourState,
  segments: HourSegments,
  keepRun: KeepRun,
  take: (merge: StreamMerge) => Promise<T>,
): Promise<T> {
  await checkKeys(deps, place.hour, [
    ...Object.keys(ledger?.ledger.keys ?? {}),
    ...segments.whole.flatMap(({ header }) => header.keys),
  ]);
  const named = new Set([
    ...(ledger?.ledger.raw ?? []).map(rawNameOf),
    ...segments.whole.flatMap(({ header }) => header.raws),
  ]);
  const keep = numbered(keepRun);
  const { runs, unread } = await sortedRuns(deps, place, [...named].sort(), keep);
  const more = await runsOfDamaged(deps, place, segments, named, keep);
  if (unread.length === 0 && (ledger || state !== 'torn'))
    return await take(new StreamMerge([...runs, ...more]));
  const around = await runsAround(deps, place, named, keep);
  const made = await take(new StreamMerge([...runs, ...more, ...around]));
  const landed = await landedIds(deps, place);
  const isAllOf = ({ rowIds, landed: rows }: StreamFacts): boolean =>
    landed !== undefined &&
    rowIds.holds(landed.own) &&
    // Rows of another hour, in an object that lies here by mistake, are not kept; but an hour of which
    // nothing is known is not replaced by nothing.
    (landed.others === 0 || rows > 0) &&
    rows >= (ledger?.ledger.landed ?? 0);
  if (isAllOf(made.facts)) return made;
  const all = await sortedRuns(deps, place, await rawsSince(deps.storage, place), keep);
  const madeOfAll = await take(new StreamMerge(all.runs));
  if (isAllOf(madeOfAll.facts) || (landed === undefined && unread.length === 0)) return madeOfAll;
  if (unread[0] !== undefined) throw cannotRebuild(unread[0], place.hour);
  const key = ledgerKey(place.dataset, place.hour);
  throw new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} is gone or damaged, and raw/ with the keys in FERNET_KEYS does not give all rows of ${tableKey(place.dataset, place.hour)}: restore it from a copy, or take that object away if it does not belong there`,
    { details: { key, hour: place.hour, lostAnswers: all.unread.length } },
  );
}

/**
 * Reads from raw/ what damaged segments held: whatever was archived before they were written and is not in
 * `named`.
 */
export async function runsOfDamaged(
  deps: ReadingDeps,
  place: HourPlace,
  { damaged }: HourSegments,
  named: ReadonlySet<string>,
  keepRun: KeepRun,
): Promise<readonly StoredSegment[]> {
  if (damaged.length === 0) return [];
  const untilMs = Math.max(...damaged.map(({ modifiedMs }) => modifiedMs));
  const names = await rawsSince(deps.storage, place, untilMs);
  const wanted = names.filter((name) => !named.has(name));
  return (await sortedRuns(deps, place, wanted, keepRun)).runs;
}

/** Runs of several searches, under names of their own. */
export function numbered(keepRun: KeepRun): KeepRun {
  let count = 0;
  return (_n, packed) => keepRun(count++, packed);
}

/** Records that a key opened once would be undecryptable without it, and their rows would vanish. */
async function checkKeys({ keyRing }: ReadingDeps, hour: Hour, needed: readonly string[]): Promise<void> {
  const { keyIds } = await keyRing();
  const lacking = needed.find((id) => id !== NO_KEY && !keyIds.includes(id));
  if (lacking === undefined) return;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `the hour ${hour} cannot be rebuilt without the key ${lacking}, which opened records of it: add it to FERNET_KEYS, at the end`,
    { details: { hour, keyId: lacking } },
  );
}

interface Landed {
  readonly own: RowIdSet;
  /** Rows of another hour. */
  readonly others: number;
}

/** The ids in the object that stands; undefined where there is none, or none that can be read. */
async function landedIds(
  { storage, form }: ReadingDeps,
  { dataset, hour }: HourPlace,
): Promise<Landed | undefined> {
  const own = new RowIdSet();
  let others = 0;
  const outcome = await eachIdOfObject(storage, tableKey(dataset, hour), form, (id, { bytes, from, end }) => {
    if ((hourOfRow(bytes.toString('utf8', from, end), form) ?? hour) === hour) own.append(id);
    else others += 1;
  });
  return outcome.kind === 'read' ? { own, others } : undefined;
}

function cannotRebuild(unread: Unread, hour: Hour): FernlakeError {
  const { key } = unread;
  const what = unread.kind === 'gone' ? 'gone' : `damaged (${unread.why})`;
  return new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} is ${what}, and the hour ${hour} cannot be computed without it: restore it from a copy`,
    { details: { key, hour, found: unread.kind } },
  );
}
