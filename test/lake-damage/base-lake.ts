import { LOG_FORM } from '../support/forms.js';
import { claimLake } from '../../src/lake/stored-identity.js';
import { writeParquet } from '../../src/tables/parquet/write.js';
import type { Storage } from '../../src/storage/port.js';
import type { Hour } from '../../src/dataset/hour.js';
import { Bench, envelope, MINUTE, T13 } from '../activities/bench.js';
import { memoryStorage } from '../support/memory-storage.js';
import { ByHand } from './by-hand.js';

/** A lake as its objects, by key. */
export type Objects = ReadonlyMap<string, Buffer>;

export interface BaseLake {
  readonly objects: Objects;
  /** The same lake two hours before. */
  readonly earlier: Objects;
}

/** The one that is open still, with two segments. */
export const NEXT_HOUR = '2023-04-20T16' as Hour;

const T12 = T13 - 60 * MINUTE;
const IDS_AN_HOUR = 20;
const eventMs = (id: number): number => T12 + ((id * 60) / IDS_AN_HOUR) * MINUTE;
/** Ids that no answer ever shows; one that comes hours later; one that is no record; one that no key opens; one with two contents. */
const LOST = [45, 46, 47];
const LATE = 38;
const WRONG_TYPE = 25;
const SHUT = 33;
const TWO_CONTENTS = 56;
const STEP = 10;
const OVERLAP = 4;

/**
 * Four hours sealed (one of them twice, as a record came late), one open; windows that overlap, over the hours' ends, too; a gap; what
 * is quarantined with and without an hour; answers that are empty, that cannot be read, and that no key opens. With the Parquet
 * files of all hours, where that is asked for.
 */
export async function makeBaseLake({ parquet }: { readonly parquet: boolean }): Promise<BaseLake> {
  const storage = memoryStorage();
  await claimLake(storage);
  const bench = await Bench.openOver(
    storage,
    parquet ? { parquet: (lines) => writeParquet(lines, LOG_FORM) } : {},
  );
  const hands = new ByHand(bench);
  let earlier: Objects | undefined;
  for (let n = 0; n < 5; n += 1) {
    const raws = await answersOf(bench, n);
    const touched = new Set<Hour>();
    for (const [i, some] of [raws.slice(0, 1), raws.slice(1)].entries())
      for (const hour of await bench.carry(some, `hour-${n}`, i)) touched.add(hour);
    await hands.seal([...touched].filter((hour) => hour < NEXT_HOUR).sort());
    if (n === 2) earlier = await objectsOf(storage);
  }
  if (hands.failed.length > 0 || !earlier) throw new Error(JSON.stringify(hands.failed));
  await storage.delete([...(await objectsOf(storage)).keys()].filter((key) => key.startsWith('staging/')));
  await storage.put(`staging/logs/run-of-the-dead/rows`, Buffer.from('scratch'));
  await bench.close();
  return { objects: await objectsOf(storage), earlier };
}

/** Puts what is answered in the hour number `n` into the archive; names in order of arrival. */
async function answersOf(bench: Bench, n: number): Promise<string[]> {
  const names: string[] = [];
  for (let first = n * IDS_AN_HOUR; first < (n + 1) * IDS_AN_HOUR; first += STEP) {
    const ids = Array.from({ length: OVERLAP + STEP }, (_, i) => first - OVERLAP + i);
    const shown = ids.filter((id) => id >= 0 && id !== LATE && !LOST.includes(id));
    names.push(await bench.archive(eventMs(first + STEP) - MINUTE, shown.map(elementOf(first))));
  }
  const endMs = T12 + (n + 1) * 60 * MINUTE;
  if (n > 0) names.push(await bench.archive(endMs - 10_000, []));
  if (n === 1) names.push(await bench.archiveBody(endMs - 8_000, 'no JSON'));
  if (n === 2) names.push(await bench.archive(endMs - 8_000, [{ recordId: 57, data: 'x' }]));
  if (n === 3) {
    const late = [LATE, 74, 75, 76].map(elementOf(0));
    names.push(await bench.archive(endMs - 8_000, late));
  }
  return names;
}

const elementOf =
  (firstOfAnswer: number) =>
  (id: number): object => {
    if (id === SHUT) return { recordId: id, ArrivalTimeStamp: 0, data: 'x' };
    const again = id === TWO_CONTENTS && firstOfAnswer > id;
    const change = id === WRONG_TYPE ? { activity: 5 } : again ? { activity: 'other' } : {};
    return envelope(id, eventMs(id), change);
  };

export async function objectsOf(storage: Storage): Promise<Map<string, Buffer>> {
  const objects = new Map<string, Buffer>();
  for await (const key of storage.keys('')) objects.set(key, (await storage.get(key)).body);
  return objects;
}
