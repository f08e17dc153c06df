import type { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { LIMITS } from './limits.js';

/** What an answer unpacks to, if its trailer says nothing that can be so. */
const CHUNK_BYTES = 64 * 1024;

/** The answer of this name, unpacked; undefined where it is not what its name says. */
export function unpackAnswer(name: string, packed: Buffer): Buffer | undefined {
  try {
    const body = gunzipSync(packed, {
      maxOutputLength: LIMITS.unpackedBytesMax,
      chunkSize: chunkSizeOf(packed),
    });
    return isNamed(name, body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Whether these are the bytes that the answer was named after. */
export const isNamed = (name: string, body: Uint8Array): boolean =>
  name.endsWith(`-${hash('sha256', body, 'hex').slice(0, 12)}`);

/**
 * As much as comes out, so that it need not be put together, and one byte more: Node takes another such memory once one is full.
 * RFC 1952: the last four bytes are its size, or a damaged one.
 */
function chunkSizeOf(packed: Buffer): number {
  const size = packed.length < 4 ? 0 : packed.readUInt32LE(packed.length - 4);
  return size > CHUNK_BYTES / 64 && size <= LIMITS.bodyBytesMax ? size + 1 : CHUNK_BYTES;
}
