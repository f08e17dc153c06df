import { FernlakeError } from '../errors.js';
import type { BatchScratch, Ref } from './ref.js';
import { sha256Of } from '../bytes/sha256.js';
import { readWhole } from '../lake/objects.js';
import type { Storage } from '../storage/port.js';
import { keptBlobsOf } from './kept-blobs.js';
import { giveBack } from './memory.js';

/** Scratch between two activities: written by one, read and checked by the next. */

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
  keptBlobsOf(storage)?.keep(key, sha256, bytes);
  return { uri: `${storage.uri}/${key}`, sha256, bytes: bytes.length, records };
}

/** What a step of a batch leaves for the next: held in memory where it fits and may be, else staged. */
export async function leave(
  storage: Storage,
  { staging, inStorage = false }: BatchScratch,
  name: string,
  bytes: Uint8Array,
  records: number,
): Promise<Ref> {
  const key = `${staging}${name}`;
  const kept = inStorage ? undefined : keptBlobsOf(storage);
  if (!kept) return await stage(storage, key, bytes, records);
  const sha256 = sha256Of(bytes);
  if (!kept.hold(key, sha256, bytes)) return await stage(storage, key, bytes, records);
  return { uri: `${storage.uri}/${key}`, sha256, bytes: bytes.length, records, held: true };
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
 * Finds a scratch blob in memory, or reads it and checks its hash. Throws `StagedBlobGone` when it is gone or not what was written:
 * whoever asked computes it again from the archive.
 */
export async function unstage(storage: Storage, ref: Ref): Promise<Buffer> {
  const key = keyOf(storage, ref);
  const kept = keptBlobsOf(storage)?.find(key, ref.sha256);
  if (kept) return Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
  if (ref.held) throw stagedBlobGone(key, ref, 'was in the memory of a worker, and is gone');
  const found = await readWhole(storage, key, ref.bytes);
  if (found.kind === 'read' && sha256Of(found.value.body) === ref.sha256) return found.value.body;
  throw stagedBlobGone(key, ref, found.kind === 'gone' ? 'is gone' : 'was changed by somebody else');
}

/** No step asks for this blob again: its memory is free for others. Nothing may read `bytes` from now on. */
export function done(storage: Storage, ref: Ref, bytes: Buffer): void {
  keptBlobsOf(storage)?.forget(keyOf(storage, ref), ref.sha256);
  giveBack(bytes);
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
