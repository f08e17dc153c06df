import { type FailureCode, type FailureKind, FernlakeError } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import type { Address } from './address.js';
import { safeExcerpt } from './excerpt.js';
import { measureJson } from './json-shape.js';
import { parseRetryAfter } from './retry-after.js';

/** 4xx that another attempt may mend: time-out, too early, too many requests. */
const TRANSIENT_4XX = new Set([408, 425, 429]);

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The failure that a status other than 2xx stands for; undefined for 2xx. */
export function failureOfStatus(
  received: Received,
  address: Address,
  nowMs: number,
): FernlakeError | undefined {
  const { status } = received;
  if (status >= 200 && status < 300) return undefined;
  const retryAfterMs = parseRetryAfter(single(received.headers['retry-after']), nowMs);
  const patience =
    retryAfterMs === undefined ? undefined : `it asks for ${retryAfterMs / 1000} s of patience`;
  if (status >= 500 || TRANSIENT_4XX.has(status)) {
    const what = `answered ${status}${quoted(received, address)}; ${patience ?? 'it will be asked again'}`;
    return failure('SourceAnswer', 'transient', what, received, address, retryAfterMs);
  }
  if (status >= 300 && status < 400) return refusedRedirect(received, address);
  const mend =
    status === 401 || status === 403 ? 'check the credentials in the source URL' : 'check the source URL';
  const what = `answered ${status}${quoted(received, address)}; ${patience ?? mend}`;
  return failure('SourceRefused', 'terminal', what, received, address, retryAfterMs);
}

/**
 * The array's elements. Throws `SourceAnswer` (transient) for a body that is no JSON array,
 * `SourceTooLarge` (terminal) for one with too many records, values or levels.
 */
export function envelopesOf(received: Received, address: Address): readonly unknown[] {
  if (received.body.length === 0)
    throw failure('SourceAnswer', 'transient', 'answered with an empty body', received, address);
  checkShape(received, address);
  const value = parsed(received, address);
  if (!Array.isArray(value)) {
    const what = `answered with JSON that is not an array of records${quoted(received, address)}`;
    throw failure('SourceAnswer', 'transient', what, received, address);
  }
  return value;
}

/** The failure of a body that is over `bytesMax`. */
export function tooLarge(received: Received, address: Address, bytesMax: number): FernlakeError {
  const what = `sent more than ${bytesMax} bytes (decoded), the limit of one answer; the rest was not read`;
  return failure('SourceTooLarge', 'terminal', what, received, address);
}

function checkShape(received: Received, address: Address): void {
  const shape = measureJson(received.body);
  const over = (what: string): FernlakeError =>
    failure('SourceTooLarge', 'terminal', what, received, address);
  if (shape.depth > LIMITS.answerDepthMax)
    throw over(`sent JSON nested over ${LIMITS.answerDepthMax} levels deep, the limit`);
  if (shape.elements > LIMITS.answerRecordsMax) {
    throw over(`sent ${shape.elements} records in one answer, the limit is ${LIMITS.answerRecordsMax}`);
  }
  if (shape.values > LIMITS.answerValuesMax) {
    throw over(`sent ${shape.values} JSON values in one answer, the limit is ${LIMITS.answerValuesMax}`);
  }
}

function parsed(received: Received, address: Address): unknown {
  try {
    return JSON.parse(received.body.toString('utf8')) as unknown;
  } catch {
    // The parser's own message quotes the text, hence is not passed on.
    const what = `answered with ${received.body.length} bytes that are not JSON${quoted(received, address)}`;
    throw failure('SourceAnswer', 'transient', what, received, address);
  }
}

function refusedRedirect(received: Received, address: Address): FernlakeError {
  const location = single(received.headers.location);
  const target =
    location !== undefined && URL.canParse(location, address.url.href)
      ? new URL(location, address.url)
      : undefined;
  const where =
    target === undefined ? 'without saying where to' : `to ${target.origin}, which is not followed`;
  const what = `answered ${received.status} and redirects ${where}; if that is right, set the source URL to it`;
  return failure('SourceRefused', 'terminal', what, received, address);
}

function failure(
  code: FailureCode,
  kind: FailureKind,
  what: string,
  received: Received,
  address: Address,
  retryAfterMs?: number,
): FernlakeError {
  const details = { url: address.shown, status: received.status, bytes: received.body.length };
  const options = retryAfterMs === undefined ? { details } : { details, retryAfterMs };
  return new FernlakeError(code, kind, `the source ${address.shown} ${what}`, options);
}

function quoted(received: Received, address: Address): string {
  const excerpt = safeExcerpt(received.body, address.secrets);
  return excerpt === '' ? '' : ` ("${excerpt}")`;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
