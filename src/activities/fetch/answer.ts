import type { AnswerForm } from '../../dataset/envelope.js';
import { type AnswerReading, readAnswer } from './answer-reader.js';
import { classOfBody } from './body-class.js';
import { type FailureCode, type FailureKind, FernlakeError } from '../../errors.js';
import { type Address, SOURCE, sourceWords } from './address.js';
import { parseRetryAfter } from './retry-after.js';

/** 4xx that another attempt may mend: time-out, too early, too many requests. */
const TRANSIENT_4XX = new Set([408, 425, 429]);
const FEWER =
  'Have the API show fewer and smaller records at once, by a parameter in the source URL where it has one';
/** RFC 6585, 6. */
const NETWORK_LOGIN = 'the network of this machine asks for a login: open any page in a browser on it';
const NO_CONTENT = new Set([204, 205]);
const LOGIN = /\b(log[-_]?[io]n|sign[-_]?in|sso|saml2?|oauth2?|authori[sz]e|auth|accounts?)\b/i;
/** A media type in its usual form; anything else may be content, and is not shown. */
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]{1,40}/i;

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Where the last of the redirects that were followed has led, on the same host; undefined: there was none. */
  readonly redirectedTo?: string | undefined;
}

/** What of the request a refusal may be about. */
export interface Asked {
  readonly address: Address;
  /** Name of the parameter against caches; false: none was sent. */
  readonly cacheBuster: string | false;
  /** What was sent to be let in, and what to do where it was not enough. */
  readonly credentials: string;
}

/** The failure that a status other than 2xx stands for; undefined for 2xx. */
export function failureOfStatus(received: Received, asked: Asked, nowMs: number): FernlakeError | undefined {
  const { status } = received;
  if (status >= 200 && status < 300) return undefined;
  const { address } = asked;
  const retryAfterMs = parseRetryAfter(single(received.headers['retry-after']), nowMs);
  const patience = retryAfterMs === undefined ? undefined : `it asks to wait ${retryAfterMs / 1000} s`;
  if (status === 304) {
    const what =
      'answered 304 (not modified), though no older answer was named to it: a cache on the way answers in its place; let it pass requests with Cache-Control: no-cache';
    return failure('SourceAnswer', 'transient', what, received, address, retryAfterMs);
  }
  const said = `answered ${status} with ${bodyOf(received)}`;
  if (status >= 500 || TRANSIENT_4XX.has(status)) {
    const what = `${said}; ${patience ?? (status === 511 ? NETWORK_LOGIN : 'it will be asked again')}`;
    return failure('SourceAnswer', 'transient', what, received, address, retryAfterMs);
  }
  const what =
    status >= 300 && status < 400
      ? `answered ${status} and ${redirection(received, asked)}`
      : `${said}; ${patience ?? mendOf(received, asked)}`;
  return failure('SourceRefused', 'terminal', what, received, address, retryAfterMs);
}

/** The elements of the body, and why it is no answer where it is none: `SourceAnswer`, or `SourceTooLarge`. */
export function judge(
  received: Received,
  address: Address,
  form: AnswerForm,
): { readonly elements: readonly unknown[]; readonly fault?: FernlakeError } {
  const { elements, fault, isBlank } = readAnswer(received.body, form, true);
  if (fault !== undefined) return { elements, fault: failureOfFault(fault, received, address) };
  if (!isBlank || NO_CONTENT.has(received.status)) return { elements };
  const what = `answered ${received.status} with ${bodyOf(received)}, where [] would say that there is no record`;
  return { elements, fault: failure('SourceAnswer', 'transient', what, received, address) };
}

function failureOfFault(
  { kind, what, advice }: NonNullable<AnswerReading['fault']>,
  received: Received,
  address: Address,
): FernlakeError {
  const said = `answered ${received.status} with ${typed(what, received)}`;
  return kind === 'too-large'
    ? failure('SourceTooLarge', 'terminal', `${said}. ${FEWER}`, received, address)
    : failure(
        'SourceAnswer',
        'transient',
        `${said}, ${behind('not JSON records', advice)}`,
        received,
        address,
      );
}

const behind = (words: string, advice: string | undefined): string =>
  advice === undefined ? words : `${words}: ${advice}`;

/** The failure of an answer that should hold a token to let us in (RFC 6749, 5.1). */
export function noToken(received: Received, address: Address): FernlakeError {
  const what = `answered ${received.status} with ${bodyOf(received)}, where an access_token of the token_type Bearer should be`;
  return failure('SourceAnswer', 'transient', what, received, address);
}

/** The failure of a body that is over `bytesMax`. */
export function tooLarge(received: Received, address: Address, bytesMax: number): FernlakeError {
  const what = `sent more than ${bytesMax} bytes (decoded), the limit of one answer; the rest was not read. ${FEWER}`;
  return failure('SourceTooLarge', 'terminal', what, received, address);
}

function mendOf({ status, body }: Received, { address, cacheBuster, credentials }: Asked): string {
  if (status === 400 && cacheBuster !== false && names(body, cacheBuster))
    return `it names the parameter ${cacheBuster}, which fernlake adds so that no cache answers: set FERNLAKE_CACHE_BUSTER=false (cache_buster: false)`;
  const { setting } = address.role;
  switch (status) {
    case 400:
      if (address.role !== SOURCE) return credentials;
      return cacheBuster === false
        ? `check the parameters in ${setting} ${address.shown}`
        : `check the parameters in ${setting}, and try FERNLAKE_CACHE_BUSTER=false (cache_buster: false): it may know no parameter ${cacheBuster}`;
    case 401:
      return credentials;
    case 403:
      return address.via === undefined
        ? credentials
        : `${credentials}, and whether the proxy lets this address through`;
    case 405:
      return `check the method (GET or POST), and ${setting}`;
    case 407:
      return 'check the credentials of the proxy (HTTPS_PROXY or HTTP_PROXY, or proxy: of the source)';
    default:
      return `check ${setting}`;
  }
}

/** Whether a body has this word by itself: `unknown parameter '_'`. */
function names(body: Buffer, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`).test(body.toString('latin1', 0, 16_384));
}

function redirection(received: Received, { address, credentials }: Asked): string {
  const { setting } = address.role;
  const location = single(received.headers.location);
  const target =
    location !== undefined && URL.canParse(location, address.url.href)
      ? new URL(location, address.url)
      : undefined;
  if (target === undefined) return `redirects without saying where to; check ${setting}`;
  if (!/^https?:$/.test(target.protocol))
    return `redirects to what is no http or https address; check ${setting}`;
  if (isLogin(target))
    return `redirects to a login page at ${target.origin}, which is not followed; ${credentials}`;
  return `redirects to ${target.origin}, which is not followed; if that is right, set ${setting} to it`;
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
  return new FernlakeError(code, kind, `${sourceWords(address)}${afterRedirect(received)} ${what}`, options);
}

/** Says that there was a redirect, but not where to: a path may hold a session. */
function afterRedirect({ redirectedTo }: Received): string {
  if (redirectedTo === undefined) return '';
  return isLogin(new URL(redirectedTo)) ? ' (after a redirect to a login page)' : ' (after a redirect)';
}

const isLogin = ({ hostname, pathname }: URL): boolean => LOGIN.test(hostname + pathname);

/** Kind and length of the body; never its text, which may be anything. */
const bodyOf = (received: Received): string => typed(classOfBody(received.body), received);

function typed(what: string, { headers, body }: Received): string {
  const type = MEDIA_TYPE.exec(single(headers['content-type']) ?? '')?.[0].toLowerCase();
  return type === undefined || body.length === 0 ? what : `${what} (${type})`;
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
