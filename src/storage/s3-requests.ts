import type { Condition } from './port.js';
import type { UploadedPart } from './s3-multipart.js';

/**
 * The requests that a lake in S3 takes, one method each, so that all but s3.ts can do without the SDK. Keys are those of
 * the bucket, etags come without quotes. Each throws FernlakeErrors (s3-errors.ts).
 */
export interface S3Requests {
  get(key: string): Promise<S3Answer>;
  head(key: string): Promise<S3Object>;
  /** Resolves to the etag. */
  put(key: string, bytes: Uint8Array, condition: Condition | undefined): Promise<string>;
  list(prefix: string, startAfter: string | undefined, token: string | undefined): Promise<S3Page<S3Object>>;
  /** At most 1,000 keys. */
  delete(keys: readonly string[]): Promise<void>;

  /** Resolves to the upload's id. */
  createUpload(key: string, metadata: Readonly<Record<string, string>>): Promise<string>;
  putPart(upload: S3Upload, number: number, bytes: Uint8Array): Promise<UploadedPart>;
  /** Resolves to the object's etag. */
  completeUpload(
    upload: S3Upload,
    parts: readonly UploadedPart[],
    condition: Condition | undefined,
  ): Promise<string>;
  abortUpload(upload: S3Upload): Promise<void>;
  listUploads(prefix: string, after: S3Upload | undefined): Promise<S3Page<S3StartedUpload, S3Upload>>;
}

export interface S3Object {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

export interface S3Answer extends S3Object {
  /** SHA-256 in base64; `-<parts>` at its end for an object that came in parts. */
  readonly checksum: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** `next` is what the next page is asked for with; undefined on the last. */
export interface S3Page<T, Next = string> {
  readonly items: readonly T[];
  readonly next: Next | undefined;
}

export interface S3Upload {
  readonly key: string;
  readonly uploadId: string;
}

export interface S3StartedUpload extends S3Upload {
  readonly startedMs: number;
}
