import { createHash, type Hash } from 'node:crypto';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import { ObjectCheck } from './object-check.js';
import type { ObjectPart } from '../parts.js';
import type { RowPlaces } from '../../lake/row-id.js';
import type { Storage } from '../../storage/port.js';
import { sha256Through, unpackedLines } from '../../lake/streams.js';

/**
 * The self-test of every seal: the object just written, as a reader would get it. Before the ledger speaks of it, and long
 * before anything staged is deleted. Throws `HashMismatch` (transient: the next attempt reads again).
 */
export async function readBack(
  storage: Storage,
  key: string,
  { ref, holds }: ObjectPart,
  places: RowPlaces,
): Promise<void> {
  const hash = createHash('sha256');
  const packed = hashed(storage.open(key), hash);
  const check = new ObjectCheck(places);
  try {
    for await (const lines of unpackedLines(key, packed)) check.take(lines);
  } catch (error) {
    if (!isFernlakeError(error, 'LakeCorrupt')) throw error;
    throw mismatch(key, 'it cannot be unpacked');
  }
  if (hash.digest('hex') !== ref.sha256) throw mismatch(key, OTHER_BYTES);
  const fault = check.fault({ rows: ref.records, ...holds });
  if (fault) throw mismatch(key, fault);
}

/** The same for a form that has no lines: the bytes alone. */
export async function readBackBytes(storage: Storage, key: string, sha256: string): Promise<void> {
  if ((await sha256Through(storage.open(key))) !== sha256) throw mismatch(key, OTHER_BYTES);
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
