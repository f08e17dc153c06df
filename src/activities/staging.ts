import { FernlakeError } from '../errors.js';
import type { Ref } from './ref.js';
import { sha256Of } from '../bytes/sha256.js';
import { readWhole } from '../lake/objects.js';
import type { Storage } from '../storage/port.js';
import { keptBlobsOf } from './kept-blobs.js';

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
  const kept = keptBlobsOf(storage)?.take(key, ref.sha256);
  if (kept) return Buffer.from(kept.buffer, kept.byteOffset, kept.byteLength);
  const found = await readWhole(storage, key, ref.bytes);
  if (found.kind === 'read' && sha256Of(found.value.body) === ref.sha256) return found.value.body;
  throw stagedBlobGone(key, ref, found.kind === 'gone' ? 'is gone' : 'was changed by somebody else');
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
