import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { got, type PlainResponse } from 'got';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { FernlakeError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { type Address, parseAddress } from './address.js';
import { failureOfStatus, judge } from './answer.js';
import type { Answer, Source } from './port.js';
import { ACCEPT_ENCODING, receive } from './receive.js';
import { trusted } from './trusted.js';
import { failureOfConnection, failureOfDeadline } from './unreachable.js';

export interface HttpSourceOptions {
  /** The API's address; user name and password in it are sent as Basic authentication. */
  readonly url: string;
  /** For the whole answer, redirects included. Default 30 s. */
  readonly timeoutMs?: number;
  /** Decoded bytes of one answer. Default LIMITS.bodyBytesMax. */
  readonly bodyBytesMax?: number;
  readonly userAgent?: string;
  /** Name of the parameter that makes each request new, so that no cache answers. Default `_`; false: none. */
  readonly cacheBuster?: string | false | undefined;
  /** Address of the proxy to go through; user name and password in it are for the proxy. */
  readonly proxy?: string | undefined;
  /** Files with certificates (PEM) to trust beside those that Node knows. */
  readonly caFiles?: readonly string[] | undefined;
}

const TIMEOUT_MS_DEFAULT = 30_000;
/** Phases that a healthy server passes in milliseconds, so that a dead one is noticed early. */
const LOOKUP_MS_MAX = 5_000;
const CONNECT_MS_MAX = 5_000;
const SECURE_CONNECT_MS_MAX = 10_000;
const RESPONSE_MS_MAX = 20_000;
const REDIRECTS_MAX = 3;
export const CACHE_BUSTER_DEFAULT = '_';

/**
 * The log API over HTTP. `poll` asks once: Temporal owns the retries. Connections are kept alive between polls.
 * When its signal aborts, `poll` rejects at once with the signal's reason.
 */
export function createHttpSource(options: HttpSourceOptions): Source {
  const address = addressOf(options);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT;
  const bodyBytesMax = options.bodyBytesMax ?? LIMITS.bodyBytesMax;
  const cacheBuster = options.cacheBuster ?? CACHE_BUSTER_DEFAULT;
  const client = createClient(address, options);
  let asked = 0;

  async function poll(signal?: AbortSignal): Promise<Answer> {
    const startMs = performance.now();
    const url = cacheBuster === false ? address.url : uncached(address.url, cacheBuster, asked++);
    const received = await within(timeoutMs, address, signal, (both) =>
      receive(client.stream(url, { signal: both }), address, bodyBytesMax),
    );
    const fetchedAtMs = Date.now();
    const refusal = failureOfStatus(received, { address, cacheBuster }, fetchedAtMs);
    if (refusal !== undefined) throw refusal;
    const elapsedMs = Math.round(performance.now() - startMs);
    const { elements, fault } = judge(received, address);
    const answer = { body: received.body, envelopes: elements, status: received.status };
    return { ...answer, fetchedAtMs, elapsedMs, ...(fault === undefined ? {} : { fault }) };
  }

  return { poll };
}

/** The Date that the source's server puts on any answer; undefined: no answer, or none with a date. No credentials go. */
export async function askDate(options: HttpSourceOptions, timeoutMs: number): Promise<number | undefined> {
  const address = addressOf(options);
  try {
    const { headers } = await createClient(address, options).head(address.shown, {
      followRedirect: false,
      timeout: { request: timeoutMs },
    });
    const ms = Date.parse(headers.date ?? '');
    return Number.isNaN(ms) ? undefined : ms;
  } catch {
    return undefined;
  }
}

function addressOf({ url, proxy }: HttpSourceOptions): Address {
  const address = parseAddress(url);
  return proxy === undefined ? address : { ...address, via: new URL(proxy).origin };
}

function createClient(address: Address, options: HttpSourceOptions): typeof got {
  const { proxy, caFiles = [], userAgent = 'fernlake', timeoutMs = TIMEOUT_MS_DEFAULT } = options;
  const agents = { keepAlive: true, maxSockets: 4 };
  const agent =
    proxy === undefined
      ? { http: new HttpAgent(agents), https: new HttpsAgent(agents) }
      : { http: new HttpProxyAgent(proxy, agents), https: new HttpsProxyAgent(proxy, agents) };
  return got.extend({
    agent,
    headers: {
      'cache-control': 'no-cache',
      accept: 'application/json',
      'accept-encoding': ACCEPT_ENCODING,
      'user-agent': userAgent,
    },
    decompress: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    maxRedirects: REDIRECTS_MAX,
    followRedirect: (response: PlainResponse) => isSameHost(response, address),
    ...(caFiles.length === 0 ? {} : { https: { certificateAuthority: trusted(caFiles) } }),
    timeout: {
      lookup: Math.min(LOOKUP_MS_MAX, timeoutMs),
      connect: Math.min(CONNECT_MS_MAX, timeoutMs),
      secureConnect: Math.min(SECURE_CONNECT_MS_MAX, timeoutMs),
      response: Math.min(RESPONSE_MS_MAX, timeoutMs),
    },
  });
}

/** Another host could be anybody's: it gets neither our credentials nor our trust. Nor does plain HTTP after HTTPS. */
function isSameHost(response: PlainResponse, address: Address): boolean {
  const location = response.headers.location ?? '';
  if (!URL.canParse(location, response.url)) return false;
  const target = new URL(location, response.url);
  const downgraded = address.url.protocol === 'https:' && target.protocol !== 'https:';
  return target.host === address.url.host && !downgraded;
}

/**
 * A parameter that no request had before, so that no cache on the way answers. Appended as text: to rebuild the query
 * would spell the user's own parameters anew.
 */
function uncached(url: URL, name: string, count: number): URL {
  const fresh = new URL(url);
  const unique = `${name}=${Date.now().toString(36)}-${count.toString(36)}`;
  fresh.search = url.search === '' ? `?${unique}` : `${url.search}&${unique}`;
  return fresh;
}

/** Runs `ask` with a signal that obeys the caller's and the deadline. got's own deadline starts anew at every redirect. */
async function within<T>(
  timeoutMs: number,
  address: Address,
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await ask(controller.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (late) throw failureOfDeadline(timeoutMs, address);
    throw error instanceof FernlakeError ? error : failureOfConnection(error, address);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
