import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { isFernlakeError } from '../errors.js';
import { gunzipStart } from '../bytes/gzip.js';
import { LIMITS } from '../limits.js';
import { LineTooLong, wholeLines } from './lines.js';
import { LINE_FEED } from '../bytes/ascii.js';
import { damaged } from './outcome.js';
import { yieldToEventLoop } from './event-loop.js';
import { hasTooLongLine, lakeCorrupt, unpacksToTooMuch } from './damage.js';
import { NOT_UNPACKED } from './objects.js';

/** What is larger goes through in chunks: of an hour's rows, of an object, of all segments of an hour together. */
export const IN_MEMORY_BYTES_MAX = 8 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** Packed. A header names up to 250 answers, in some 3 KiB. */
const HEAD_BYTES = 8 * 1024;

export async function* once<T extends Uint8Array>(bytes: T): AsyncGenerator<T> {
  if (bytes.byteLength > 0) yield bytes;
}

export async function* nothing(): AsyncGenerator<Buffer> {
  // No chunk at all.
}

export async function sha256Through(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) {
    hash.update(chunk);
    await yieldToEventLoop();
  }
  return hash.digest('hex');
}

export interface LineBounds {
  readonly lineBytesMax?: number;
  /** Of all lines together. */
  readonly bytesMax?: number;
}

/** Lines of a packed object, in chunks. Throws `LakeCorrupt` where it cannot be unpacked, or is over a bound. */
export async function* unpackedLines(
  key: string,
  packed: AsyncIterable<Uint8Array>,
  { lineBytesMax = LIMITS.lineBytesMax, bytesMax = Number.POSITIVE_INFINITY }: LineBounds = {},
): AsyncGenerator<Buffer> {
  const source = Readable.from(packed, { objectMode: true, highWaterMark: 1 });
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => unzip.destroy(error));
  try {
    let bytes = 0;
    for await (const lines of wholeLines(source.pipe(unzip), lineBytesMax)) {
      bytes += lines.length;
      if (bytes > bytesMax) throw lakeCorrupt(damaged(key, unpacksToTooMuch(bytesMax)));
      yield lines;
      await yieldToEventLoop();
    }
  } catch (cause) {
    if (isFernlakeError(cause)) throw cause;
    if (cause instanceof LineTooLong) throw lakeCorrupt(damaged(key, hasTooLongLine(lineBytesMax)), cause);
    throw lakeCorrupt(damaged(key, NOT_UNPACKED), cause);
  } finally {
    unzip.destroy();
    source.destroy();
  }
}

/**
 * The first lines of a packed object, when its first few KiB hold them whole; else undefined, and it has to be read as it is. A
 * look at the head of each of an hour's hundred segments would unpack 256 KiB of it, which mostly is all.
 */
export async function firstLines(
  packed: AsyncIterable<Uint8Array>,
  count: number,
): Promise<Buffer | undefined> {
  for await (const chunk of packed) {
    const text = await gunzipStart(chunk.subarray(0, HEAD_BYTES)).catch(() => undefined);
    let end = 0;
    for (let left = count; text && left > 0; left -= 1) {
      end = text.indexOf(LINE_FEED, end) + 1;
      if (end === 0) return undefined;
    }
    return text?.subarray(0, end);
  }
  return undefined;
}
