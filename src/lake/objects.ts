import { damageIn, unpacksToTooMuch } from './damage.js';
import { isFernlakeError } from '../errors.js';
import { gunzip } from '../bytes/gzip.js';
import { LIMITS } from '../limits.js';
import { damaged, gone, type Outcome, read } from './outcome.js';
import type { Storage, StoredObject } from '../storage/port.js';

/** Says of an object that it is no whole gzip. */
export const NOT_UNPACKED = 'it cannot be unpacked';

/** The object, or undefined where there is none. Throws `LakeCorrupt` for one of more than `bytesMax`. */
export async function getIfThere(
  storage: Storage,
  key: string,
  bytesMax: number = LIMITS.wholeBytesMax,
): Promise<StoredObject | undefined> {
  try {
    return await storage.get(key, bytesMax);
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  }
}

/** The same as an outcome: one that is too large is damaged. */
export async function readWhole(
  storage: Storage,
  key: string,
  bytesMax?: number,
): Promise<Outcome<StoredObject>> {
  try {
    const found = await getIfThere(storage, key, bytesMax);
    return found ? read(found) : gone(key);
  } catch (error) {
    const damage = damageIn(error);
    if (!damage) throw error;
    return damage;
  }
}

let largeOnes: Promise<unknown> = Promise.resolve();

/**
 * The same for objects that are read dozens at a time: large ones one after the other, so that they are never
 * all in memory. `use` makes of the bytes what the caller keeps.
 */
export async function usingWhole<T>(
  storage: Storage,
  key: string,
  use: (object: StoredObject) => Outcome<T>,
): Promise<Outcome<T>> {
  const small = await readWhole(storage, key, LIMITS.smallBytesMax);
  if (small.kind === 'read') return use(small.value);
  if (small.kind === 'gone') return small;
  const turn = largeOnes.then(async () => {
    const found = await readWhole(storage, key);
    return found.kind === 'read' ? use(found.value) : found;
  });
  largeOnes = turn.catch(() => undefined);
  return await turn;
}

/** A packed object of ours, unpacked: for what is read whole. */
export async function unpack(
  key: string,
  body: Buffer,
  bytesMax: number = LIMITS.wholeBytesMax,
): Promise<Outcome<Buffer> & { kind: 'read' | 'damaged' }> {
  try {
    return read(await gunzip(body, bytesMax));
  } catch (error) {
    const isTooMuch = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return damaged(key, isTooMuch ? unpacksToTooMuch(bytesMax) : NOT_UNPACKED);
  }
}
