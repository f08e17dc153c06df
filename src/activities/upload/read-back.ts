import { createHash, type Hash } from 'node:crypto';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import { ObjectCheck } from './object-check.js';
import type { ObjectPart } from '../parts.js';
import type { Storage } from '../../storage/port.js';
import { sha256Of } from '../../bytes/sha256.js';
import { unpackedLines } from '../../lake/streams.js';

/**
 * The self-test of every seal: the object just written, as a reader would get it. Before the ledger speaks of it, and long
 * before anything staged is deleted. Throws `HashMismatch` (transient: the next attempt reads again).
 */
export async function readBack(storage: Storage, key: string, { ref, holds }: ObjectPart): Promise<void> {
  const hash = createHash('sha256');
  const packed = hashed(storage.open(key), hash);
  const check = new ObjectCheck();
  try {
    if (holds) for await (const lines of unpackedLines(key, packed)) check.take(lines);
    // Staged by a version that did not say what the object holds: its bytes alone.
    else hash.update((await storage.get(key)).body);
  } catch (error) {
    if (!isFernlakeError(error, 'LakeCorrupt')) throw error;
    throw mismatch(key, 'it cannot be unpacked');
  }
  if (hash.digest('hex') !== ref.sha256) throw mismatch(key, OTHER_BYTES);
  const fault = holds && check.fault({ rows: ref.records, ...holds });
  if (fault) throw mismatch(key, fault);
}

/** The same for a form that has no lines: the bytes alone. */
export async function readBackBytes(storage: Storage, key: string, sha256: string): Promise<void> {
  const { body } = await storage.get(key);
  if (sha256Of(body) !== sha256) throw mismatch(key, OTHER_BYTES);
}

const OTHER_BYTES = 'its bytes are not those that were written';

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

const mismatch = (key: string, why: string): FernlakeError =>
  new FernlakeError(
    'HashMismatch',
    'transient',
    `${key} does not read back as it was written: ${why}. Nothing staged is removed; the next attempt reads it again`,
    { details: { key } },
  );
