import { createHash } from 'node:crypto';
import { FernlakeError, isFernlakeError } from '../../errors.js';
import type { Body, Condition, ObjectInfo, Storage } from '../../storage/port.js';

/**
 * S3's ETag of an object that went up in one piece, without a KMS key, is the MD5 of its bytes
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html): a listing brings it along, which spares a reading.
 * Only a match is believed; where there is none, for whatever reason, both are read and their SHA-256 compared.
 */
const MD5_FORM = /^[0-9a-f]{32}$/;

interface Hashes {
  readonly sha256: string;
  readonly md5: string;
}

/** Whether both hold the same bytes. Throws `ObjectNotFound` when one of them is gone by now. */
export async function isSame(from: Storage, to: Storage, a: ObjectInfo, b: ObjectInfo): Promise<boolean> {
  if (a.bytes !== b.bytes) return false;
  const [aMd5, bMd5] = [md5Of(from, a), md5Of(to, b)];
  if (aMd5 !== undefined && aMd5 === bMd5) return true;
  if (aMd5 !== undefined) {
    const there = await hashesOf(to.open(b.key));
    return there.md5 === aMd5 || there.sha256 === (await hashesOf(from.open(a.key))).sha256;
  }
  const here = await hashesOf(from.open(a.key));
  return here.md5 === bMd5 || here.sha256 === (await hashesOf(to.open(b.key))).sha256;
}

/**
 * Copies one object, and shows by its hash that what was read is what lies there now. Never over what somebody else wrote
 * since it was listed. Resolves to its bytes. Throws `ObjectNotFound`, `PreconditionFailed`, `HashMismatch`, and whatever
 * the storages throw.
 */
export async function copyObject(
  from: Storage,
  to: Storage,
  key: string,
  replaces: ObjectInfo | undefined,
  body: Body = from.open(key),
): Promise<number> {
  const hashing = hashed(body instanceof Uint8Array ? [body] : body);
  const condition: Condition =
    replaces === undefined ? { kind: 'absent' } : { kind: 'matches', etag: replaces.etag };
  const written = await to.put(key, hashing.chunks, condition).catch((error: unknown) => {
    throw isFernlakeError(error, 'PreconditionFailed') ? beingWritten(to, key, error) : error;
  });
  const read = hashing.result();
  const isProven = md5Of(to, written) === read.md5 && written.bytes === read.bytes;
  if (!isProven && (await hashesOf(to.open(key))).sha256 !== read.sha256) {
    throw new FernlakeError(
      'HashMismatch',
      'transient',
      `${to.uri}/${key} is not what was read from ${from.uri}/${key}: its SHA-256 differs. Copy again; if that goes on, check the disk`,
      { details: { key, lake: to.uri } },
    );
  }
  return read.bytes;
}

function md5Of(storage: Storage, { etag }: ObjectInfo): string | undefined {
  return storage.uri.startsWith('s3://') && MD5_FORM.test(etag) ? etag : undefined;
}

async function hashesOf(chunks: AsyncIterable<Uint8Array>): Promise<Hashes> {
  const hashing = hashed(chunks);
  const seen = hashing.chunks[Symbol.asyncIterator]();
  while (!(await seen.next()).done);
  return hashing.result();
}

/** The chunks as they are; their hashes once they have passed. */
function hashed(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): {
  chunks: AsyncIterable<Uint8Array>;
  result: () => Hashes & { readonly bytes: number };
} {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let bytes = 0;
  return {
    chunks: (async function* () {
      for await (const chunk of chunks) {
        sha256.update(chunk);
        md5.update(chunk);
        bytes += chunk.byteLength;
        yield chunk;
      }
    })(),
    result: () => ({ sha256: sha256.digest('hex'), md5: md5.digest('hex'), bytes }),
  };
}

function beingWritten(to: Storage, key: string, cause: FernlakeError): FernlakeError {
  return new FernlakeError(
    'PreconditionFailed',
    'terminal',
    `${to.uri}/${key} was written by somebody else while the lake was copied. Stop the worker that writes to ${to.uri}, then copy again`,
    { details: { key, lake: to.uri }, cause },
  );
}
