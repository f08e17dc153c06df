import { Readable } from 'node:stream';
import { createGzip, type Gzip } from 'node:zlib';
import { gzip, gzipFast, type GzipForm, LASTING, PASSING, unnamed, unnamedChunks } from '../../bytes/gzip.js';

/** gzip for the activities: the same bytes as `bytes/gzip.ts`, packed by libuv's threads or by this one. */

/** What packs. It need not care about the platform and the time in gzip's header. */
export interface Packer {
  all(plain: Uint8Array, form: GzipForm): Promise<Buffer>;
  /** Each chunk has been read when the next is asked for. */
  chunks(plain: Iterable<Uint8Array>, form: GzipForm): Promise<Buffer>;
  stream(plain: AsyncIterable<Uint8Array>, form: GzipForm): AsyncIterable<Buffer>;
}

/** Bytes of the pieces in which a packed stream comes out. */
export const OUT_BYTES = 64 * 1024;

/** Packs on libuv's threads, so that the event loop stays free. For the thread that talks to Temporal. */
export const packBeside: Packer = {
  all: (plain, form) => (form === LASTING ? gzip(plain) : gzipFast(plain)),
  async chunks(plain, form) {
    const zip = zipOf(form);
    const packed: Buffer[] = [];
    zip.on('data', (chunk: Buffer) => void packed.push(chunk));
    const settled = (start: (done: (error?: Error | null) => void) => void): Promise<void> =>
      new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
    const ended = settled((done) => zip.once('error', done).once('end', done));
    // The next write rejects with the failure; until then it must not count as unhandled.
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

/** For what is kept: level 9. */
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
