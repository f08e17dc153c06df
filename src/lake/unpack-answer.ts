import type { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { unpacksToTooMuch } from './damage.js';
import { rawNameOf } from './keys.js';
import { LIMITS } from '../limits.js';
import { type Damaged, damaged, type Read, read } from './outcome.js';
import { sha256Of } from '../bytes/sha256.js';

/** Chunk size where the trailer's size cannot be right. */
const CHUNK_BYTES = 64 * 1024;

/** The answer of this key, unpacked, and held against the hash in its name. */
export function unpackAnswer(key: string, packed: Buffer): Read<Buffer> | Damaged {
  try {
    const body = gunzipSync(packed, {
      maxOutputLength: LIMITS.bodyBytesMax,
      chunkSize: chunkSizeOf(packed),
    });
    return isNamed(rawNameOf(key), body)
      ? read(body)
      : damaged(key, 'its bytes do not have the hash in its name');
  } catch (error) {
    const isTooMuch = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return damaged(key, isTooMuch ? unpacksToTooMuch(LIMITS.bodyBytesMax) : 'it cannot be unpacked');
  }
}

/** Whether these are the bytes that the answer was named after. */
const isNamed = (name: string, body: Uint8Array): boolean => name.endsWith(`-${sha256Of(body).slice(0, 12)}`);

/**
 * Exactly the unpacked size and one byte more, so that zlib's output is one chunk (Node starts another one
 * when a chunk is full). RFC 1952: the last four bytes are the size, unless damaged.
 */
function chunkSizeOf(packed: Buffer): number {
  const size = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4);
  return size > CHUNK_BYTES / 64 && size <= LIMITS.bodyBytesMax ? size + 1 : CHUNK_BYTES;
}
