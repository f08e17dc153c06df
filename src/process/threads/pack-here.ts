import { gzipSync } from 'node:zlib';
import { Gzip } from 'minizlib';
import { OUT_BYTES, type Packer } from '../../activities/gzip/pack.js';
import type { GzipForm } from '../../bytes/gzip.js';

/**
 * Deflate on the thread that calls. A thread that computes gives way to the main one when both want a processor; libuv's threads do not,
 * and four of those at work kept its event loop waiting for 30 ms and more (docs/decisions/0020-threads-and-templates.md).
 */
export const packHere: Packer = {
  all: (plain, form) => Promise.resolve(gzipSync(plain, form)),
  async chunks(plain, form) {
    const packed: Buffer[] = [];
    for await (const piece of stream(plain, form)) packed.push(piece);
    return Buffer.concat(packed);
  },
  stream,
};

async function* stream(
  plain: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  form: GzipForm,
): AsyncGenerator<Buffer> {
  const zip = new Chunks(form);
  try {
    for await (const chunk of plain) yield* zip.add(chunk);
    yield* zip.end();
  } finally {
    zip.close();
  }
}

/** Chunk in, what came out by then out: node:zlib has that with a callback alone. */
class Chunks {
  readonly #zip: Gzip;
  #packed: Buffer[] = [];
  #fault: Error | undefined;

  constructor(form: GzipForm) {
    // Handed on to node:zlib, though the package's types leave the size out.
    const options = { ...form, chunkSize: OUT_BYTES };
    this.#zip = new Gzip(options);
    this.#zip.on('data', (chunk: Buffer) => void this.#packed.push(chunk));
    this.#zip.on('error', (error) => (this.#fault = error as Error));
  }

  add(chunk: Uint8Array): Buffer[] {
    this.#zip.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    return this.#take();
  }

  end(): Buffer[] {
    this.#zip.end();
    return this.#take();
  }

  /** zlib's memory is given back at once, not when it is found to be garbage. */
  close(): void {
    this.#zip.close();
  }

  #take(): Buffer[] {
    if (this.#fault) throw this.#fault;
    const packed = this.#packed;
    this.#packed = [];
    return packed;
  }
}
