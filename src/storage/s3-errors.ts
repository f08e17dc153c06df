import { FernlakeError, type FailureCode, type FailureKind } from '../errors.js';
import { factsOf, type S3Facts } from './s3-facts.js';

/** What was asked for, and where. */
export interface S3Call {
  /** Completes "cannot …". */
  readonly verb: string;
  /** What the call takes in IAM. */
  readonly permission: string;
  readonly bucket: string;
  /** In the bucket; a prefix, of a listing. */
  readonly key: string;
  /** The same without the lake's own prefix. */
  readonly lakeKey: string;
  /** Of the client; undefined where none is set. */
  readonly region: string | undefined;
}

const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
const BAD_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
  'UnrecognizedClientException',
]);
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'IncorrectEndpoint',
]);
/** A key that this server cannot hold beside others (versitygw keeps objects as files), or at all. */
const KEY = new Set([
  'KeyTooLongError',
  'ObjectParentIsFile',
  'ExistingObjectIsDirectory',
  'DirectoryObjectContainsData',
]);
/** 4xx that another attempt mends: bytes changed on the way, an upload that somebody tidied away. */
const BUSY = new Set([
  'BadDigest',
  'ConditionalRequestConflict',
  'InvalidPart',
  'NoSuchUpload',
  'OperationAborted',
  'RequestTimeout',
  'SlowDown',
  'ThrottlingException',
  'TooManyRequests',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
]);
const MESSAGE_CHARACTERS_MAX = 200;

/**
 * Fernlake's error for what S3 or the SDK said: what happened to which object, why, and what to do. What is neither comes
 * back as it is. The cause is not the SDK's own error: that one holds the request, and of a bad signature what was signed.
 */
export function s3Error(error: unknown, call: S3Call): unknown {
  const facts = error instanceof FernlakeError ? undefined : factsOf(error);
  if (facts === undefined) return error;
  const [code, kind, why] = judge(facts, call);
  const { bucket, key, lakeKey, region } = call;
  const where = `s3://${bucket}/${key} (region ${region ?? 'unknown'})`;
  return new FernlakeError(code, kind, `cannot ${call.verb} ${where}: ${why}`, {
    details: {
      key: lakeKey,
      bucket,
      region: region ?? null,
      reason: facts.name,
      status: facts.status ?? null,
      attempts: facts.attempts,
      requestId: facts.requestId ?? null,
    },
    cause: Object.assign(new Error(`${facts.name}, status ${facts.status ?? 'none'}`), { code: facts.name }),
    ...(facts.retryAfterMs === undefined ? {} : { retryAfterMs: facts.retryAfterMs }),
  });
}

type Verdict = [FailureCode, FailureKind, string];

function judge(facts: S3Facts, call: S3Call): Verdict {
  const { name, status = 0 } = facts;
  if (facts.isChecksumMismatch) {
    return ['HashMismatch', 'transient', 'what came is not what was stored; it is read again'];
  }
  if (name === 'NoSuchKey' || (status === 404 && name === 'NotFound')) {
    return ['ObjectNotFound', 'terminal', 'there is no such object'];
  }
  if (status === 412)
    return ['PreconditionFailed', 'terminal', 'it is another version by now: somebody else wrote it'];
  if (KEY.has(name)) {
    return ['StorageKey', 'terminal', `the server cannot hold this key beside what it holds (${name})`];
  }
  if (name === 'QuotaExceeded' || name === 'InsufficientStorage' || status === 507) {
    return ['StorageFull', 'transient', 'the server has no space left. Free some; it is tried again'];
  }
  const refusal = refusalOf(facts, call);
  if (refusal !== undefined) return ['StorageDenied', 'terminal', refusal];
  if (BUSY.has(name) || status === 0 || status === 408 || status === 429 || status >= 500) {
    const said = status === 0 ? `no whole answer (${name})` : `the server said ${status} ${name}`;
    const tries = facts.attempts > 1 ? `, ${facts.attempts} times` : '';
    return ['StorageBusy', 'transient', `${said}${tries}; it is tried again`];
  }
  const words = facts.message.slice(0, MESSAGE_CHARACTERS_MAX);
  return ['StorageDenied', 'terminal', `the server said ${status} ${name}: ${words}`];
}

/** Why no other attempt would fare better, with the mend; undefined when one might. */
function refusalOf(facts: S3Facts, call: S3Call): string | undefined {
  const { name, status = 0 } = facts;
  if (facts.isRegionMissing) return 'no AWS region is set: set AWS_REGION to the region of the bucket';
  if (facts.isUntrusted) {
    return `the server's certificate is not trusted (${name}): set NODE_EXTRA_CA_CERTS to its authority's certificate`;
  }
  if (NO_CREDENTIALS.has(name)) return noCredentials();
  if (BAD_CREDENTIALS.has(name)) return badCredentials(name);
  if (name === 'RequestTimeTooSkewed') {
    return "this machine's clock is wrong: set it (timedatectl set-ntp true)";
  }
  if (WRONG_REGION.has(name) || facts.bucketRegion !== undefined || status === 301 || status === 307) {
    return wrongRegion(facts);
  }
  if (name === 'NoSuchBucket') {
    return `there is no bucket ${call.bucket}. Check the address of the lake, or create the bucket`;
  }
  if (name === 'NotImplemented' || status === 501) return `the server cannot do this (${name})`;
  if (status === 401 || status === 403) return notAllowed(facts, call);
  return undefined;
}

function notAllowed({ name, message }: S3Facts, { permission }: S3Call): string {
  // "User: … is not authorized to perform: kms:Decrypt on resource: …"; the user's ARN stays out.
  const named = /not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)/.exec(message)?.[1];
  const absent =
    permission === 's3:GetObject'
      ? ' (without s3:ListBucket, S3 says the same of an object that is not there)'
      : '';
  const other = name === 'AccessDenied' || name === 'Forbidden' ? '' : ` (${name})`;
  return (
    `access denied${other}: the permission ${named ?? permission} is missing${absent}. ` +
    "Grant it to the worker's role; a bucket policy or the policy of a KMS key may also deny it"
  );
}

function noCredentials(): string {
  return (
    'no AWS credentials were found. On EC2 attach an instance role; elsewhere sign in with `aws sso login` and set ' +
    "AWS_PROFILE, or set the SDK's own environment variables"
  );
}

function badCredentials(name: string): string {
  const mend = /expired|refresh/i.test(name)
    ? 'they have expired: sign in again (`aws sso login`) or get new ones'
    : 'they are not valid here: check the profile or the keys, and that they are of this account';
  return `the AWS credentials were refused (${name}); ${mend}`;
}

function wrongRegion({ message, bucketRegion }: S3Facts): string {
  const right = bucketRegion ?? /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
  return right === undefined
    ? 'the bucket is in another region or behind another endpoint: set AWS_REGION to its region'
    : `the bucket is in the region ${right}: set AWS_REGION=${right}`;
}
