import { FernlakeError, isFernlakeError } from '../errors.js';
import { gunzip } from '../bytes/gzip.js';
import { LIMITS } from '../limits.js';
import { type Damaged, damaged, gone, type Outcome, read, type Unread } from './outcome.js';
import type { Storage, StoredObject } from '../storage/port.js';

/** Of whatever is no whole gzip. */
export const NOT_UNPACKED = 'it cannot be unpacked';

/** The object, or undefined where there is none. */
export async function getIfThere(storage: Storage, key: string): Promise<StoredObject | undefined> {
  try {
    return await storage.get(key);
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  }
}

/** A packed object of ours, unpacked. */
export async function readPacked(storage: Storage, key: string): Promise<Outcome<Buffer>> {
  const found = await getIfThere(storage, key);
  return found ? await unpack(key, found.body) : gone(key);
}

export async function unpack(
  key: string,
  body: Buffer,
): Promise<Outcome<Buffer> & { kind: 'read' | 'damaged' }> {
  try {
    return read(await gunzip(body, LIMITS.unpackedBytesMax));
  } catch {
    return damaged(key, NOT_UNPACKED);
  }
}

/** For whoever cannot go on without the object. */
export function lakeCorrupt(unread: Unread, cause?: unknown): FernlakeError {
  const { key } = unread;
  const what = unread.kind === 'gone' ? 'is gone' : `is damaged: ${unread.why}`;
  return new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} ${what}. Restore it from a copy (npx fernlake copy) or rebuild it (npx fernlake reprocess)`,
    { details: { key, why: unread.kind === 'gone' ? null : unread.why }, cause },
  );
}

/** The damage that an error tells of; undefined where it tells of something else. */
export function damageIn(error: unknown): Damaged | undefined {
  if (!isFernlakeError(error, 'LakeCorrupt')) return undefined;
  const { key, why } = error.details;
  return typeof key === 'string' && typeof why === 'string' ? damaged(key, why) : undefined;
}
