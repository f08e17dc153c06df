/** The one file that imports the AWS SDK. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchUpload,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type _Error as DeleteError,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { FernlakeError } from '../errors.js';
import type { Condition } from './port.js';
import { s3Error } from './s3-errors.js';
import { listedKey, parseS3Uri, type S3Place } from './s3-keys.js';
import type { S3Object, S3Requests } from './s3-requests.js';
import { S3Lake } from './s3-storage.js';

export interface S3Options {
  /** The bucket in the path, not in the host name; for any server but AWS (AWS_ENDPOINT_URL_S3 is set). */
  readonly forcePathStyle?: boolean;
  /** The SDK's own (AWS_REGION, profile) unless told. */
  readonly region?: string;
  readonly timeouts?: Partial<S3Timeouts>;
}

export interface S3Timeouts {
  readonly connectMs: number;
  /** From the request to the head of its answer, the sending of a part included. */
  readonly answerMs: number;
  /** Without a byte either way. */
  readonly idleMs: number;
}

const TIMEOUTS: S3Timeouts = { connectMs: 5_000, answerMs: 60_000, idleMs: 30_000 };
/** The SDK mends what passes within a second; what lasts longer is Temporal's to retry, where it is seen. */
const SDK_ATTEMPTS = 3;

/**
 * A lake in S3, or on a server that speaks it (`s3://bucket[/prefix]`). Credentials, endpoint and profile come from the
 * SDK's own chain and from nowhere else; nothing is asked of the server yet. Bodies are checked by SHA-256 both ways.
 * After a `put`, `modifiedMs` is by this machine's clock, as S3 does not say; everywhere else by S3's, in whole seconds.
 * A missing bucket looks to `head` like a missing object: S3 gives no reason there. Throws `Configuration` for another uri.
 */
export function openS3(uri: string, options: S3Options = {}): S3Lake {
  const place = parseS3Uri(uri);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const client = new S3Client({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.forcePathStyle === undefined ? {} : { forcePathStyle: options.forcePathStyle }),
    maxAttempts: SDK_ATTEMPTS,
    requestHandler: {
      connectionTimeout: timeouts.connectMs,
      requestTimeout: timeouts.answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: timeouts.idleMs,
    },
  });
  return new S3Lake(requestsOf(client, place), place);
}

function requestsOf(client: S3Client, { bucket: Bucket, prefix }: S3Place): S3Requests {
  async function explained(error: unknown, verb: string, permission: string, key: string): Promise<unknown> {
    const region = await client.config.region().catch(() => undefined);
    return s3Error(error, {
      verb,
      permission,
      bucket: Bucket,
      key,
      lakeKey: key.slice(prefix.length),
      region,
    });
  }
  /** Every request goes through here, and every body through chunksOf: no error of the SDK gets past. */
  async function ask<T>(
    verb: string,
    permission: string,
    key: string,
    request: () => Promise<T>,
  ): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw await explained(error, verb, permission, key);
    }
  }
  async function* chunksOf(key: string, body: unknown): AsyncGenerator<Uint8Array> {
    if (!(body instanceof Readable)) throw new TypeError('the SDK gave a body that is no stream');
    try {
      for await (const chunk of body) yield chunk as Uint8Array;
    } catch (error) {
      throw await explained(error, 'read', 's3:GetObject', key);
    }
  }

  return {
    get: (Key) =>
      ask('read', 's3:GetObject', Key, async () => {
        const found = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
        return {
          ...objectOf(Key, found.ContentLength, found.ETag, found.LastModified),
          checksum: found.ChecksumSHA256,
          metadata: found.Metadata ?? {},
          body: chunksOf(Key, found.Body),
        };
      }),
    head: (Key) =>
      ask('read', 's3:GetObject', Key, async () => {
        const found = await client.send(new HeadObjectCommand({ Bucket, Key }));
        return objectOf(Key, found.ContentLength, found.ETag, found.LastModified);
      }),
    put: (Key, Body, condition) =>
      ask('write', permissionToWrite(condition), Key, async () => {
        const input = { Bucket, Key, Body, ChecksumAlgorithm: 'SHA256', ...headers(condition) } as const;
        return bare((await client.send(new PutObjectCommand(input))).ETag);
      }),
    list: (Prefix, StartAfter, ContinuationToken) =>
      ask('list', 's3:ListBucket', Prefix, async () => {
        const page = await client.send(
          // A listing is XML, which cannot hold every character of a key: hence url.
          new ListObjectsV2Command({ Bucket, Prefix, StartAfter, ContinuationToken, EncodingType: 'url' }),
        );
        const items = (page.Contents ?? []).map(({ Key = '', Size, ETag, LastModified }) =>
          objectOf(listedKey(Key, page.EncodingType), Size, ETag, LastModified),
        );
        return { items, next: page.IsTruncated ? page.NextContinuationToken : undefined };
      }),
    delete: (keys) =>
      ask(
        keys.length === 1 ? 'delete' : `delete ${keys.length} objects from`,
        's3:DeleteObject',
        keys[0] ?? '',
        async () => {
          const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
          const answer = await client.send(
            new DeleteObjectsCommand({ Bucket, Delete, ChecksumAlgorithm: 'SHA256' }),
          );
          const failed = (answer.Errors ?? []).filter(({ Code }) => Code !== 'NoSuchKey');
          if (failed.length > 0) {
            // A refusal first: it stays, when what is busy has passed.
            const [first] = failed.sort((a, b) => statusOf(a.Code) - statusOf(b.Code));
            const verb = `delete ${failed.length} of ${keys.length} objects, among them`;
            throw await explained(partialFailure(first), verb, 's3:DeleteObject', first?.Key ?? '');
          }
        },
      ),
    createUpload: (Key, Metadata) =>
      ask('write', 's3:PutObject', Key, async () => {
        const input = { Bucket, Key, Metadata, ChecksumAlgorithm: 'SHA256' } as const;
        return need((await client.send(new CreateMultipartUploadCommand(input))).UploadId, 'UploadId');
      }),
    putPart: ({ key: Key, uploadId: UploadId }, PartNumber, Body) =>
      ask('write', 's3:PutObject', Key, async () => {
        const input = { Bucket, Key, UploadId, PartNumber, Body, ChecksumAlgorithm: 'SHA256' } as const;
        const { ETag, ChecksumSHA256 } = await client.send(new UploadPartCommand(input));
        return { number: PartNumber, etag: bare(ETag), sha256Base64: need(ChecksumSHA256, 'ChecksumSHA256') };
      }),
    completeUpload: ({ key: Key, uploadId: UploadId }, parts, condition) =>
      ask('write', permissionToWrite(condition), Key, async () => {
        const Parts = parts.map(({ number, etag, sha256Base64 }) => ({
          PartNumber: number,
          ETag: quoted(etag),
          ChecksumSHA256: sha256Base64,
        }));
        const input = { Bucket, Key, UploadId, MultipartUpload: { Parts }, ...headers(condition) };
        return bare((await client.send(new CompleteMultipartUploadCommand(input))).ETag);
      }),
    abortUpload: ({ key: Key, uploadId: UploadId }) =>
      ask('delete', 's3:AbortMultipartUpload', Key, async () => {
        try {
          await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
        } catch (error) {
          if (!(error instanceof NoSuchUpload)) throw error; // completed or aborted by now
        }
      }),
    listUploads: (Prefix, after) =>
      ask('list', 's3:ListBucketMultipartUploads', Prefix, async () => {
        const from = after && { KeyMarker: after.key, UploadIdMarker: after.uploadId };
        const page = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix, ...from }));
        const items = (page.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated }) => ({
          key: Key,
          uploadId: UploadId,
          startedMs: Initiated?.getTime() ?? Date.now(),
        }));
        const { NextKeyMarker: key, NextUploadIdMarker: uploadId } = page;
        return { items, next: page.IsTruncated && key && uploadId ? { key, uploadId } : undefined };
      }),
  };
}

function headers(condition: Condition | undefined): { IfNoneMatch?: '*'; IfMatch?: string } {
  if (condition === undefined) return {};
  return condition.kind === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: quoted(condition.etag) };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html: If-Match reads, too. */
function permissionToWrite(condition: Condition | undefined): string {
  return condition?.kind === 'matches' ? 's3:PutObject and s3:GetObject' : 's3:PutObject';
}

function objectOf(key: string, bytes = 0, etag?: string, modified?: Date): S3Object {
  return { key, bytes, etag: bare(etag), modifiedMs: modified?.getTime() ?? 0 };
}

/** DeleteObjects says 200, and what failed of it in its body, without a status. */
function partialFailure(failed: DeleteError | undefined): Error {
  const { Code = 'unknown', Message = '' } = failed ?? {};
  return Object.assign(new Error(Message), { Code, $metadata: { httpStatusCode: statusOf(Code) } });
}

function statusOf(code: string | undefined): number {
  return code === 'AccessDenied' ? 403 : 500;
}

function bare(etag: string | undefined): string {
  return need(etag, 'ETag').replaceAll('"', '');
}

function quoted(etag: string): string {
  return `"${etag}"`;
}

function need(value: string | undefined, name: string): string {
  if (value !== undefined) return value;
  throw new FernlakeError(
    'StorageBusy',
    'transient',
    `the S3 server left ${name} out of its answer. It is tried again`,
  );
}
