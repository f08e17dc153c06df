/** What can be said of an error of the SDK, with nothing secret in it. */
export interface S3Facts {
  /** S3's error code, or the name of what went wrong on the way there: `SlowDown`, `ECONNREFUSED`. */
  readonly name: string;
  /** undefined where there was no answer. */
  readonly status: number | undefined;
  /** S3's own words. */
  readonly message: string;
  /** How often the SDK has tried. */
  readonly attempts: number;
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Where the bucket is, when the answer says that it is elsewhere. */
  readonly bucketRegion: string | undefined;
  readonly isRegionMissing: boolean;
  readonly isChecksumMismatch: boolean;
  readonly isUntrusted: boolean;
}

/** The parts of the SDK's errors that we look at; none is certain. */
interface SdkError {
  readonly name?: unknown;
  readonly message?: unknown;
  /** S3's error code, or Node's. */
  readonly Code?: unknown;
  readonly code?: unknown;
  readonly Region?: unknown;
  readonly $metadata?: {
    readonly httpStatusCode?: number;
    readonly requestId?: string;
    readonly attempts?: number;
  };
  readonly $response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
}

const PROVIDERS = new Set(['CredentialsProviderError', 'TokenProviderError']);
/** OpenSSL's and Node's names for a certificate that nobody vouches for (node: docs/api/tls.md). */
const UNTRUSTED = /^(CERT_|ERR_TLS_CERT|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/;
/** The SDK's body stream says these without a name or code of their own. */
const CHECKSUM_MISMATCH = /^Checksum mismatch: expected/;
const CUT_OFF = /^Connection lost or stream closed/;

/** undefined for what is neither an answer of S3 nor a fault on the way there. */
export function factsOf(error: unknown): S3Facts | undefined {
  if (!(error instanceof Error)) return undefined;
  const { Code, code, Region, $metadata, $response } = error as SdkError;
  const isRegionMissing = error.message === 'Region is missing';
  const isChecksumMismatch = CHECKSUM_MISMATCH.test(error.message);
  const known =
    $metadata !== undefined ||
    typeof code === 'string' ||
    PROVIDERS.has(error.name) ||
    error.name === 'TimeoutError' ||
    CUT_OFF.test(error.message) ||
    isRegionMissing ||
    isChecksumMismatch;
  if (!known) return undefined;
  const headers = $response?.headers ?? {};
  const status = $metadata?.httpStatusCode;
  const name = [Code, status === undefined ? code : undefined, error.name].find(isText) ?? 'unknown';
  return {
    name: name === 'Unknown' || name === 'UnknownError' ? reason(status) : name,
    status,
    message: error.message === 'UnknownError' ? '' : error.message,
    attempts: $metadata?.attempts ?? 1,
    // Some servers send the header twice.
    requestId: $metadata?.requestId?.split(',')[0],
    retryAfterMs: secondsToMs(headers['retry-after']),
    bucketRegion: [
      Region,
      status === 301 || status === 400 ? headers['x-amz-bucket-region'] : undefined,
    ].find(isText),
    isRegionMissing,
    isChecksumMismatch,
    isUntrusted: typeof code === 'string' && UNTRUSTED.test(code),
  };
}

/** An answer to HEAD has no body and so no code. */
function reason(status: number | undefined): string {
  return status === 403 ? 'Forbidden' : status === 400 ? 'Bad Request' : 'without a reason';
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function secondsToMs(text: string | undefined): number | undefined {
  const seconds = Number(text);
  return text !== undefined && seconds > 0 && seconds < 3_600 ? seconds * 1_000 : undefined;
}
