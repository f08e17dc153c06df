import { hash } from 'node:crypto';
import { FernlakeError, isFernlakeError } from '../domain/errors.js';
import { gunzip } from '../domain/gzip.js';
import { parseCompactTime, quarantineKey, rawKey, rawNameOf } from '../domain/lake-keys.js';
import { LIMITS } from '../domain/limits.js';
import type { Ref } from '../domain/ref.js';
import { isNamed } from '../domain/unpack-answer.js';
import type { Storage, StoredObject } from '../storage/port.js';
import { handOverOf } from './hand-over.js';

/** Reading and writing the lake's own forms through the storage port: staged blobs, packed objects, raw answers. */

export const sha256Of = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** Writes a scratch blob. The key is the same at every attempt, so a retry overwrites itself. */
export async function stage(
  storage: Storage,
  key: string,
  content: Uint8Array | string,
  records: number,
): Promise<Ref> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  await storage.put(key, bytes);
  const sha256 = sha256Of(bytes);
  handOverOf(storage)?.keep(key, sha256, bytes);
  return { uri: `${storage.uri}/${key}`, sha256, bytes: bytes.length, records };
}

/** Key of a reference in this lake. Throws `StorageKey` for a reference into another one. */
export function keyOf(storage: Storage, ref: Ref): string {
  const root = `${storage.uri}/`;
  if (ref.uri.startsWith(root)) return ref.uri.slice(root.length);
  throw new FernlakeError(
    'StorageKey',
    'terminal',
    `${ref.uri} is not in the lake ${storage.uri}: the worker was started with another FERNLAKE_LAKE than the run began with`,
    { details: { uri: ref.uri, lake: storage.uri } },
  );
}

/**
 * Reads a scratch blob and checks its hash. Throws `StagedBlobGone` when it is gone or not what was written: whoever
 * asked computes it again from the archive.
 */
export async function unstage(storage: Storage, ref: Ref): Promise<Buffer> {
  const key = keyOf(storage, ref);
  const kept = handOverOf(storage)?.take(key, ref.sha256);
  if (kept) return Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
  const found = await getIfThere(storage, key);
  if (found && sha256Of(found.body) === ref.sha256) return found.body;
  throw stagedBlobGone(key, ref, found ? 'was changed by somebody else' : 'is gone');
}

export const stagedBlobGone = (key: string, ref: Ref, why: string): FernlakeError =>
  new FernlakeError(
    'StagedBlobGone',
    'terminal',
    `the staged blob ${key} ${why}: it is computed again from raw/`,
    {
      details: { key, expectedSha256: ref.sha256 },
    },
  );

/** The object, or undefined where there is none. */
export async function getIfThere(storage: Storage, key: string): Promise<StoredObject | undefined> {
  try {
    return await storage.get(key);
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  }
}

/** An object of ours, unpacked; undefined when there is none. Throws `LakeCorrupt` when it cannot be read. */
export async function readPacked(storage: Storage, key: string): Promise<Buffer | undefined> {
  const found = await getIfThere(storage, key);
  if (!found) return undefined;
  return await unpack(key, found.body);
}

export async function unpack(key: string, body: Buffer): Promise<Buffer> {
  try {
    return await gunzip(body, LIMITS.unpackedBytesMax);
  } catch (cause) {
    throw new FernlakeError(
      'LakeCorrupt',
      'terminal',
      `${key} cannot be unpacked: it is damaged. Restore it from a copy (fernlake copy) or rebuild it (fernlake reprocess)`,
      { details: { key, bytes: body.length }, cause },
    );
  }
}

/** The raw name of a key under raw/; undefined for what lies there and is no answer of ours (a note, a `.DS_Store`). */
export const rawNameAt = (dataset: string, key: string): string | undefined => nameAt(dataset, key, rawKey);

/** The same under quarantine/. */
export const quarantinedNameAt = (dataset: string, key: string): string | undefined =>
  nameAt(dataset, key, quarantineKey);

function nameAt(
  dataset: string,
  key: string,
  keyOf: (dataset: string, name: string) => string,
): string | undefined {
  const name = rawNameOf(key);
  return parseCompactTime(name) !== undefined && keyOf(dataset, name) === key ? name : undefined;
}

/** An archived answer, checked against the hash in its name; undefined when it is gone or damaged. */
export async function readRaw(storage: Storage, dataset: string, name: string): Promise<Buffer | undefined> {
  try {
    const body = await readPacked(storage, rawKey(dataset, name));
    return body && isNamed(name, body) ? body : undefined;
  } catch (error) {
    if (isFernlakeError(error, 'LakeCorrupt')) return undefined;
    throw error;
  }
}

/** Runs `work` over all items, at most `width` at a time, results in order. The first error stops the rest. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const at = next++;
      try {
        results[at] = await work(items[at]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
