import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'got';
import type { Address } from './address.js';
import { type Received, tooLarge } from './answer.js';

/** Only the kind of a refusal's body is shown, so no more of it is read. */
const REFUSAL_BYTES_MAX = 64 * 1024;

/** What is asked for, and is unpacked here; got's own unpacking would leave nothing of a body that is packed wrongly. */
export const ACCEPT_ENCODING = 'gzip, deflate, br';

/**
 * Reads the answer up to its limit. The limit counts unpacked bytes as they come, so a decompression bomb
 * costs no more. A body that does not unpack as its header says is handed on as it came.
 */
export async function receive(stream: Request, address: Address, bodyBytesMax: number): Promise<Received> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let unpacker: Unpacker | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const max = isOk(stream) ? bodyBytesMax : REFUSAL_BYTES_MAX;
      unpacker ??= isOk(stream) ? unpackerOf(stream, max) : undefined;
      chunks.push(chunk);
      bytes += chunk.length;
      unpacker?.write(chunk);
      if (bytes > max || unpacker?.isOver) break;
    }
  } finally {
    stream.destroy();
  }
  const asItCame = Buffer.concat(chunks, bytes);
  const received = {
    status: stream.response?.statusCode ?? 0,
    headers: stream.response?.headers ?? {},
    body: (await unpacker?.end()) ?? asItCame,
    redirectedTo: stream.response?.redirectUrls.at(-1)?.href,
  };
  if (isOk(stream) && (bytes > bodyBytesMax || unpacker?.isOver === true))
    throw tooLarge(received, address, bodyBytesMax);
  return received;
}

const isOk = (stream: Request): boolean => {
  const status = stream.response?.statusCode ?? 0;
  return status >= 200 && status < 300;
};

function unpackerOf(stream: Request, bytesMax: number): Unpacker | undefined {
  const named = stream.response?.headers['content-encoding'] ?? '';
  const encodings = named
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && name !== 'identity');
  return encodings.length === 0 ? undefined : new Unpacker(encodings.reverse(), bytesMax);
}

/** Unpacks while the bytes come in, and takes note of what cannot be unpacked. */
class Unpacker {
  isOver = false;
  readonly #input = new PassThrough();
  readonly #output: Promise<Buffer | undefined>;

  /** `encodings`: the last that was applied comes first. */
  constructor(encodings: readonly string[], bytesMax: number) {
    const stages = encodings.map(decoderOf);
    this.#output = stages.includes(undefined)
      ? Promise.resolve(undefined)
      : this.#unpack(stages as NodeJS.ReadWriteStream[], bytesMax);
  }

  write(chunk: Buffer): void {
    if (!this.#input.destroyed) this.#input.write(chunk);
  }

  /** What came out; undefined where it is not packed as it says. */
  async end(): Promise<Buffer | undefined> {
    if (!this.#input.destroyed) this.#input.end();
    const body = await this.#output;
    this.#input.destroy();
    return body;
  }

  async #unpack(stages: readonly NodeJS.ReadWriteStream[], bytesMax: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const collect = async (): Promise<void> => {
      for await (const chunk of stages.at(-1) as unknown as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        bytes += chunk.length;
        this.isOver = bytes > bytesMax;
        if (this.isOver) return;
      }
    };
    try {
      await Promise.all([pipeline([this.#input, ...stages]), collect()]);
    } catch {
      if (!this.isOver) return undefined;
    }
    return Buffer.concat(chunks, bytes);
  }
}

function decoderOf(encoding: string): NodeJS.ReadWriteStream | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}
