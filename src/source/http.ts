import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { got, type Request, type PlainResponse } from 'got';
import { FernlakeError } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import { type Address, parseAddress } from './address.js';
import { envelopesOf, failureOfStatus, type Received, tooLarge } from './answer.js';
import type { Answer, Source } from './port.js';
import { failureOfConnection, failureOfDeadline } from './unreachable.js';

export interface HttpSourceOptions {
  /** The API's address; user name and password in it are sent as Basic authentication. */
  readonly url: string;
  /** For the whole answer, redirects included. Default 30 s. */
  readonly timeoutMs?: number;
  /** Decoded bytes of one answer. Default LIMITS.bodyBytesMax. */
  readonly bodyBytesMax?: number;
  readonly userAgent?: string;
}

const TIMEOUT_MS_DEFAULT = 30_000;
/** Phases that a healthy server passes in milliseconds, so that a dead one is noticed early. */
const LOOKUP_MS_MAX = 5_000;
const CONNECT_MS_MAX = 5_000;
const SECURE_CONNECT_MS_MAX = 10_000;
const RESPONSE_MS_MAX = 20_000;
const REDIRECTS_MAX = 3;
/** Of a refusal only the first words are shown, so no more of it is read. */
const REFUSAL_BYTES_MAX = 64 * 1024;

/**
 * The log API over HTTP. `poll` asks once: Temporal owns the retries. Connections are kept alive between polls.
 * When its signal aborts, `poll` rejects at once with the signal's reason.
 */
export function createHttpSource(options: HttpSourceOptions): Source {
  const address = parseAddress(options.url);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS_DEFAULT;
  const bodyBytesMax = options.bodyBytesMax ?? LIMITS.bodyBytesMax;
  const client = createClient(address, timeoutMs, options.userAgent ?? 'fernlake');
  let asked = 0;

  async function poll(signal?: AbortSignal): Promise<Answer> {
    const startMs = performance.now();
    const url = uncached(address.url, asked++);
    const received = await within(timeoutMs, address, signal, (both) =>
      receive(client, url, address, bodyBytesMax, both),
    );
    const fetchedAtMs = Date.now();
    const refusal = failureOfStatus(received, address, fetchedAtMs);
    if (refusal !== undefined) throw refusal;
    const elapsedMs = Math.round(performance.now() - startMs);
    const envelopes = envelopesOf(received, address);
    return { body: received.body, envelopes, status: received.status, fetchedAtMs, elapsedMs };
  }

  return { poll };
}

function createClient(address: Address, timeoutMs: number, userAgent: string): typeof got {
  const agents = { keepAlive: true, maxSockets: 4 };
  return got.extend({
    agent: { http: new HttpAgent(agents), https: new HttpsAgent(agents) },
    headers: { 'cache-control': 'no-cache', accept: 'application/json', 'user-agent': userAgent },
    retry: { limit: 0 },
    throwHttpErrors: false,
    maxRedirects: REDIRECTS_MAX,
    followRedirect: (response: PlainResponse) => isSameHost(response, address),
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
function uncached(url: URL, count: number): URL {
  const fresh = new URL(url);
  const unique = `_=${Date.now().toString(36)}-${count.toString(36)}`;
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

/** Reads the answer up to its limit, counted on decoded bytes while they come, so that a bomb costs no more than that. */
async function receive(
  client: typeof got,
  url: URL,
  address: Address,
  bodyBytesMax: number,
  signal: AbortSignal,
): Promise<Received> {
  const stream: Request = client.stream(url, { signal });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > (isOk(stream) ? bodyBytesMax : REFUSAL_BYTES_MAX)) break;
    }
  } finally {
    stream.destroy();
  }
  const received = {
    status: stream.response?.statusCode ?? 0,
    headers: stream.response?.headers ?? {},
    body: Buffer.concat(chunks, bytes),
  };
  if (isOk(stream) && bytes > bodyBytesMax) throw tooLarge(received, address, bodyBytesMax);
  return received;
}

function isOk(stream: Request): boolean {
  const status = stream.response?.statusCode ?? 0;
  return status >= 200 && status < 300;
}
