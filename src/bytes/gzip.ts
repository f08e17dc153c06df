import { promisify } from 'node:util';
import { constants, gunzip as zlibGunzip, gzip as zlibGzip } from 'node:zlib';

const zip = promisify<Uint8Array, object, Buffer>(zlibGzip);
const unzip = promisify<Uint8Array, object, Buffer>(zlibGunzip);

/** Level 9: the sealed object is written once and read for years. memLevel 9: 34 bytes smaller on the real capture. */
export const LASTING = { level: 9, memLevel: 9 } as const;
/** What is gone after the seal: level 1 takes a third of the time, and is a few percent larger. */
export const PASSING = { level: 1, memLevel: 9 } as const;
export type GzipForm = typeof LASTING | typeof PASSING;

const OS_BYTE = 9;
/** RFC 1952: 255 is "unknown". zlib writes the platform it was built for, and the bytes would differ for nothing. */
const OS_UNKNOWN = 255;

/** gzip without a time or a platform in its header: the same input gives the same bytes. Runs off the event loop. */
export async function gzip(bytes: Uint8Array): Promise<Buffer> {
  return unnamed(await zip(bytes, LASTING));
}

/** The same for what is read once or twice and then deleted: fast rather than small. */
export async function gzipFast(bytes: Uint8Array): Promise<Buffer> {
  return unnamed(await zip(bytes, PASSING));
}

/** The packed bytes with "unknown" as the platform in the header. */
export function unnamed(packed: Buffer): Buffer {
  packed[OS_BYTE] = OS_UNKNOWN;
  return packed;
}

/** A packed stream with the platform's byte in its header as `gzip` has it. */
export async function* unnamedChunks(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let at = 0;
  for await (const chunk of packed) {
    if (at <= OS_BYTE && OS_BYTE < at + chunk.length) chunk[OS_BYTE - at] = OS_UNKNOWN;
    at += chunk.length;
    yield chunk;
  }
}

/** Unpacks at most `sizeBytesMax` bytes; rejects with RangeError (ERR_BUFFER_TOO_LARGE) beyond that. */
export async function gunzip(bytes: Uint8Array, sizeBytesMax: number): Promise<Buffer> {
  return await unzip(bytes, { maxOutputLength: sizeBytesMax });
}

/** What the first bytes of a packed form unpack to, as far as they tell. Rejects for what is no gzip. */
export async function gunzipStart(bytes: Uint8Array): Promise<Buffer> {
  return await unzip(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}
