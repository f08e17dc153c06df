import { FernlakeError, messageOf } from '../errors.js';
import { checkKey } from './key.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html: in UTF-8, the lake's prefix included. */
const KEY_BYTES_MAX = 1024;

export interface S3Place {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  /** `s3://bucket[/prefix]`, without a slash at its end. */
  readonly uri: string;
}

/** Throws `Configuration` for anything that is not `s3://bucket[/prefix]`. */
export function parseS3Uri(uri: string): S3Place {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/*$/s.exec(uri) ?? [];
  if (bucket === undefined) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `the lake ${JSON.stringify(uri)} is no place in S3: it must read s3://bucket or s3://bucket/prefix`,
    );
  }
  if (path === '') return { bucket, prefix: '', uri: `s3://${bucket}` };
  try {
    checkKey(path, uri);
  } catch (error) {
    throw new FernlakeError('Configuration', 'terminal', `the prefix is wrong: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return { bucket, prefix: `${path}/`, uri: `s3://${bucket}/${path}` };
}

/** The key within the bucket. Throws `StorageKey` for a key that not every lake can hold. */
export function keyInBucket({ prefix, uri }: S3Place, key: string): string {
  checkKey(key, uri);
  const full = prefix + key;
  if (Buffer.byteLength(full) <= KEY_BYTES_MAX) return full;
  throw new FernlakeError(
    'StorageKey',
    'terminal',
    `${key} with the prefix of ${uri} is longer than the ${KEY_BYTES_MAX} bytes of a key in S3`,
    { details: { key, lake: uri } },
  );
}

/** A key as a listing has it. Not every server obeys `encoding-type=url`; one that does, says so in its answer. */
export function listedKey(text: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(text.replaceAll('+', ' ')) : text;
}
