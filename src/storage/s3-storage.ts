import { createHash } from 'node:crypto';
import { assertHoldable } from './holdable.js';
import { FernlakeError, isFernlakeError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type {
  Body,
  Condition,
  ListOptions,
  ObjectInfo,
  Storage,
  StoredObject,
  UnfinishedUploads,
} from './port.js';
import { PART_BYTES_METADATA, verifiedParts } from './s3-hash.js';
import { keyInBucket, type S3Place } from './s3-keys.js';
import { PART_BYTES, partsOf, uploadParts, type BodyPart } from './s3-multipart.js';
import type { S3Answer, S3Requests } from './s3-requests.js';
import { unfinishedUploads } from './s3-uploads.js';
import { unblocked, writeOnce } from './s3-write.js';

/** The most that one DeleteObjects takes. */
const DELETE_MAX = 1_000;

/** A lake in a bucket, over nothing but the requests. */
export class S3Lake implements Storage {
  readonly uri: string;
  readonly uploads: UnfinishedUploads;

  constructor(
    private readonly requests: S3Requests,
    private readonly place: S3Place,
  ) {
    this.uri = place.uri;
    this.uploads = unfinishedUploads(requests, place);
  }

  async get(key: string, bytesMax: number = LIMITS.wholeBytesMax): Promise<StoredObject> {
    const answer = await this.requests.get(keyInBucket(this.place, key));
    const chunks: Uint8Array[] = [];
    let read = 0;
    // Within the loop, so that leaving it ends the download.
    for await (const chunk of this.verified(answer)) {
      read += chunk.byteLength;
      assertHoldable({ key, etag: answer.etag, bytes: Math.max(answer.bytes, read) }, bytesMax);
      chunks.push(chunk);
    }
    const { bytes, etag, modifiedMs } = answer;
    return { key, bytes, etag, modifiedMs, body: Buffer.concat(chunks) };
  }

  async *open(key: string): AsyncIterable<Uint8Array> {
    yield* this.verified(await this.requests.get(keyInBucket(this.place, key)));
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    try {
      return { ...(await this.requests.head(keyInBucket(this.place, key))), key };
    } catch (error) {
      if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
      throw error;
    }
  }

  async put(key: string, body: Body, condition?: Condition): Promise<ObjectInfo> {
    const inBucket = keyInBucket(this.place, key);
    const hash = createHash('sha256');
    let bytes = 0;
    const parts = (async function* (): AsyncGenerator<BodyPart, undefined> {
      for await (const part of partsOf(body, PART_BYTES)) {
        hash.update(part.bytes);
        bytes += part.bytes.length;
        yield part;
      }
    })();
    const landed = async (): Promise<string | undefined> =>
      await this.etagIfSame(inBucket, bytes, hash.copy().digest('hex'));
    try {
      const first = (await parts.next()).value ?? { bytes: new Uint8Array(), isLast: true };
      const etag = first.isLast
        ? await this.putWhole(inBucket, first.bytes, condition, landed)
        : await this.putParts(inBucket, startWith(first, parts), condition, landed);
      return { key, bytes, etag, modifiedMs: Date.now() };
    } catch (error) {
      // S3 answers If-Match on an object that is gone with 404.
      if (condition && isFernlakeError(error, 'ObjectNotFound')) throw changed(error);
      throw error;
    } finally {
      await parts.return(undefined);
    }
  }

  async *list(prefix: string, options: ListOptions = {}): AsyncIterable<ObjectInfo> {
    const own = this.place.prefix;
    const after = options.startAfter === undefined ? undefined : own + options.startAfter;
    let token: string | undefined;
    do {
      const page = await this.requests.list(own + prefix, after, token);
      for (const { key, ...rest } of page.items)
        // An empty object that a console made to show a folder: no key of a lake ends so.
        if (!key.endsWith('/')) yield { ...rest, key: key.slice(own.length) };
      token = page.next;
    } while (token !== undefined);
  }

  async *keys(prefix: string, options?: ListOptions): AsyncIterable<string> {
    for await (const { key } of this.list(prefix, options)) yield key;
  }

  async delete(keys: readonly string[]): Promise<void> {
    const inBucket = keys.map((key) => keyInBucket(this.place, key));
    for (let at = 0; at < inBucket.length; at += DELETE_MAX)
      await this.requests.delete(inBucket.slice(at, at + DELETE_MAX));
  }

  private async putWhole(
    key: string,
    bytes: Uint8Array,
    condition: Condition | undefined,
    landed: () => Promise<string | undefined>,
  ): Promise<string> {
    const send = (): Promise<string> => unblocked(() => this.requests.put(key, bytes, condition));
    // Without a condition, a second try overwrites the first with the same bytes.
    return condition === undefined ? await send() : await writeOnce({ send, landed, repeatable: true });
  }

  private async putParts(
    key: string,
    parts: AsyncIterable<BodyPart>,
    condition: Condition | undefined,
    landed: () => Promise<string | undefined>,
  ): Promise<string> {
    const metadata = { [PART_BYTES_METADATA]: String(PART_BYTES) };
    return await uploadParts(
      {
        create: () => this.requests.createUpload(key, metadata),
        part: (uploadId, number, bytes) => this.requests.putPart({ key, uploadId }, number, bytes),
        complete: (uploadId, done) => {
          const send = (): Promise<string> =>
            unblocked(() => this.requests.completeUpload({ key, uploadId }, done, condition));
          // After a conflict, S3 wants all parts again (CompleteMultipartUpload), and a stream cannot be had again.
          return writeOnce({ send, landed, repeatable: false });
        },
        abort: (uploadId) => this.requests.abortUpload({ key, uploadId }),
      },
      parts,
    );
  }

  private verified(answer: S3Answer): AsyncIterable<Uint8Array> {
    return verifiedParts(answer.body, answer, `${this.uri}: ${answer.key}`);
  }

  private async etagIfSame(key: string, bytes: number, sha256: string): Promise<string | undefined> {
    const answer = await this.requests.get(key);
    const hash = createHash('sha256');
    for await (const chunk of answer.body) {
      if (answer.bytes !== bytes) return undefined;
      hash.update(chunk);
    }
    return hash.digest('hex') === sha256 ? answer.etag : undefined;
  }
}

async function* startWith<T>(first: T, rest: AsyncIterable<T>): AsyncGenerator<T> {
  yield first;
  yield* rest;
}

function changed(cause: FernlakeError): FernlakeError {
  return new FernlakeError(
    'PreconditionFailed',
    'terminal',
    `${cause.message}: somebody deleted it meanwhile`,
    {
      details: cause.details,
      cause,
    },
  );
}
