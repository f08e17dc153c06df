import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FernlakeError, isFernlakeError } from '../domain/errors.js';
import { gunzipStart } from '../domain/gzip.js';
import { wholeLines } from '../domain/lines.js';
import { LINE_FEED } from '../domain/literal-codes.js';
import type { Ref } from '../domain/ref.js';
import type { Storage } from '../storage/port.js';
import { breathe } from './breathe.js';
import { keyOf, stagedBlobGone } from './lake.js';
import { currentPulse } from './pulse.js';

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
    await breathe();
  }
  return hash.digest('hex');
}

/** Lines of a packed object, in chunks. Throws `LakeCorrupt` where it cannot be unpacked. */
export async function* unpackedLines(key: string, packed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const source = Readable.from(packed, { objectMode: true, highWaterMark: 1 });
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on('error', (error) => unzip.destroy(error));
  try {
    for await (const lines of wholeLines(source.pipe(unzip))) {
      yield lines;
      await breathe();
    }
  } catch (cause) {
    if (isFernlakeError(cause)) throw cause;
    throw new FernlakeError(
      'LakeCorrupt',
      'terminal',
      `${key} cannot be unpacked: it is damaged. Restore it from a copy (fernlake copy) or rebuild it (fernlake reprocess)`,
      { details: { key }, cause },
    );
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

/** A scratch blob as chunks; `StagedBlobGone` at its end where they are not what was written. */
export async function* unstaged(storage: Storage, ref: Ref): AsyncGenerator<Uint8Array> {
  const key = keyOf(storage, ref);
  const hash = createHash('sha256');
  try {
    for await (const chunk of storage.open(key)) {
      hash.update(chunk);
      yield chunk;
      await breathe();
    }
  } catch (error) {
    throw isFernlakeError(error, 'ObjectNotFound') ? stagedBlobGone(key, ref, 'is gone') : error;
  }
  if (hash.digest('hex') !== ref.sha256) throw stagedBlobGone(key, ref, 'was changed by somebody else');
}

/** Writes a scratch blob from chunks; undefined, and nothing written, where there is no chunk at all. */
export async function stageStream(
  storage: Storage,
  key: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Omit<Ref, 'records'> | undefined> {
  const pulse = currentPulse();
  const source = chunks[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let bytes = 0;
  const first = await source.next();
  if (first.done) return undefined;
  const all = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (let next: IteratorResult<Uint8Array> = first; !next.done; next = await source.next()) {
        hash.update(next.value);
        bytes += next.value.byteLength;
        yield next.value;
        pulse.beat();
        await breathe();
      }
    } finally {
      await source.return?.();
    }
  };
  try {
    await storage.put(key, all());
  } catch (error) {
    // Storage that fails before it has asked for a chunk leaves nobody else to end it.
    await source.return?.();
    throw error;
  }
  return { uri: `${storage.uri}/${key}`, sha256: hash.digest('hex'), bytes };
}
