import { Readable } from 'node:stream';
import { createGzip, type Gzip } from 'node:zlib';
import { gzip, gzipFast, type GzipForm, LASTING, PASSING, unnamed, unnamedChunks } from '../../bytes/gzip.js';

/** gzip as the activities want it, done where this thread has it done: the same bytes everywhere, those of `domain/gzip`. */

/** Who packs. Platform and time in a header are none of its business. */
export interface Packer {
  all(plain: Uint8Array, form: GzipForm): Promise<Buffer>;
  /** Each chunk has been read when the next is asked for. */
  chunks(plain: Iterable<Uint8Array>, form: GzipForm): Promise<Buffer>;
  stream(plain: AsyncIterable<Uint8Array>, form: GzipForm): AsyncIterable<Buffer>;
}

/** Bytes of the pieces in which a packed stream comes out. */
export const OUT_BYTES = 64 * 1024;

/** libuv's threads: who waits goes on with all else. For the thread that answers the server. */
export const packBeside: Packer = {
  all: (plain, form) => (form === LASTING ? gzip(plain) : gzipFast(plain)),
  async chunks(plain, form) {
    const zip = zipOf(form);
    const packed: Buffer[] = [];
    zip.on('data', (chunk: Buffer) => void packed.push(chunk));
    const settled = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
      new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
    const ended = settled((done) => zip.once('error', done).once('end', done));
    // A failure is told by the write that meets it; until then it is not unhandled.
    ended.catch(() => undefined);
    for (const chunk of plain) await settled((done) => zip.write(chunk, done));
    zip.end();
    await ended;
    return Buffer.concat(packed);
  },
  async *stream(plain, form) {
    const source = Readable.from(plain, { objectMode: true, highWaterMark: 1 });
    const zip = zipOf(form);
    source.on('error', (error) => zip.destroy(error));
    try {
      yield* source.pipe(zip) as AsyncIterable<Buffer>;
    } finally {
      zip.destroy();
      source.destroy();
    }
  },
};
const zipOf = (form: GzipForm): Gzip => createGzip({ ...form, chunkSize: OUT_BYTES });

let packer = packBeside;

/** From now on, on this thread, `by` packs. */
export function packWith(by: Packer): void {
  packer = by;
}

/** For good: level 9. */
export const pack = async (plain: Uint8Array): Promise<Buffer> => unnamed(await packer.all(plain, LASTING));

/** For what is read once or twice and then deleted. */
export const packFast = async (plain: Uint8Array): Promise<Buffer> =>
  unnamed(await packer.all(plain, PASSING));

/** `packFast` of chunks, of which each has been read when the next is asked for. */
export const packFastChunks = async (plain: Iterable<Uint8Array>): Promise<Buffer> =>
  unnamed(await packer.chunks(plain, PASSING));

/** `pack` of chunks, as chunks. */
export const packStream = (plain: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> =>
  unnamedChunks(packer.stream(plain, LASTING));
