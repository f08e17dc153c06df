import { FernlakeError, isFernlakeError, messageOf } from '../../errors.js';
import { LAKE_KEY } from '../../lake/identity.js';
import { parquetPrefix, placesOf, segmentsPrefix, stagingDatasetPrefix } from '../../lake/keys.js';
import type { Storage, UnfinishedUploads } from '../../storage/port.js';
import { type Check, ok } from './check.js';

/** No object has it, so a write on this condition is refused by the store where it is not refused by a policy. */
const NO_ETAG = '0'.repeat(32);
const DAY_MS = 86_400_000;

/**
 * Tries every right that the pipeline needs, in every place of the dataset, since a policy may grant one and
 * forget the next. Nothing is stored: a key that is not there is read, listed, written on a condition that
 * cannot hold, and deleted where the pipeline deletes. The store must obey conditions.
 */
export async function checkAccess(storage: Storage, dataset: string, run: string): Promise<Check> {
  const name = 'lake: access';
  const emptied = [parquetPrefix(dataset), segmentsPrefix(dataset), stagingDatasetPrefix(dataset)];
  const places = placesOf(dataset);
  const faults = await Promise.all([
    refusal(() => readAndWrite(storage, LAKE_KEY)),
    ...places.map((place) => refusal(() => look(storage, probeIn(place, run), emptied.includes(place)))),
  ]);
  const refused = faults.filter((fault) => fault !== undefined);
  if (refused[0] !== undefined) return manyFailed(name, refused);
  return ok(name, `all ${places.length} places can be read, written and listed, and scratch emptied`);
}

/** Uploads of a dead worker can be found and taken back, in every place; where the store has such. */
export async function checkUploads(uploads: UnfinishedUploads, dataset: string, run: string): Promise<Check> {
  const name = 'lake: uploads';
  const probes = placesOf(dataset).map((place) => probeIn(place, run));
  const begun = (await Promise.all(probes.map((key) => refusal(() => uploads.begin(key))))).filter(
    (fault) => fault !== undefined,
  );
  if (begun[0] !== undefined) return manyFailed(name, begun);
  // One after the other, since each of them lists all. Those that cannot be taken back are left to the bucket's life-cycle.
  const stuck: string[] = [];
  for (const key of probes) {
    const fault = await refusal(async () => {
      const swept = await uploads.sweep([key], -DAY_MS);
      if (swept !== 1)
        throw new FernlakeError('StorageBusy', 'transient', `${key}: ${swept} found in place of 1`);
    });
    if (fault !== undefined) stuck.push(fault);
  }
  if (stuck[0] !== undefined) return manyFailed(name, stuck);
  return ok(name, 'an upload that somebody left unfinished is found and taken back');
}

const probeIn = (place: string, run: string): string => `${place}doctor-access-${run}`;

async function readAndWrite(storage: Storage, key: string): Promise<void> {
  await storage.head(key);
  try {
    await storage.put(key, Buffer.from('never'), { kind: 'matches', etag: NO_ETAG });
  } catch (error) {
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  }
}

async function look(storage: Storage, key: string, isEmptied: boolean): Promise<void> {
  await readAndWrite(storage, key);
  await storage.list(key)[Symbol.asyncIterator]().next();
  if (isEmptied) await storage.delete([key]);
}

async function refusal(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return messageOf(error).split('\n', 1)[0] ?? '';
  }
}

function manyFailed(name: string, faults: readonly string[]): Check {
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more like it)` : '';
  return { name, state: 'failed', says: `${faults[0] ?? ''}${more}` };
}
