import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { got, type PlainResponse } from 'got';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { SourceRequest } from '../../config/source.js';
import type { Address } from './address.js';
import { ACCEPT_ENCODING } from './receive.js';
import { identityOf, trusted } from './trusted.js';

/** Phases that a healthy server passes in milliseconds, so that a dead one is noticed early. */
const LOOKUP_MS_MAX = 5_000;
const CONNECT_MS_MAX = 5_000;
const SECURE_CONNECT_MS_MAX = 10_000;
const RESPONSE_MS_MAX = 20_000;
const REDIRECTS_MAX = 3;
export const TIMEOUT_MS_DEFAULT = 30_000;

type Way = Pick<SourceRequest, 'proxy' | 'caFiles' | 'certificate' | 'timeoutMs'>;

/** What asks at this address, with connections that are kept alive. It holds no credentials but a client certificate. */
export function createClient(address: Address, way: Way): typeof got {
  const { proxy, caFiles = [], certificate, timeoutMs = TIMEOUT_MS_DEFAULT } = way;
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
      'user-agent': 'fernlake',
    },
    decompress: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    maxRedirects: REDIRECTS_MAX,
    // A redirected POST stays a POST, unless the status is 303.
    methodRewriting: false,
    followRedirect: (response: PlainResponse) => isSameHost(response, address),
    https: {
      ...(caFiles.length === 0 ? {} : { certificateAuthority: trusted(caFiles) }),
      ...(certificate === undefined ? {} : identityOf(certificate)),
    },
    timeout: {
      lookup: Math.min(LOOKUP_MS_MAX, timeoutMs),
      connect: Math.min(CONNECT_MS_MAX, timeoutMs),
      secureConnect: Math.min(SECURE_CONNECT_MS_MAX, timeoutMs),
      // With a time-out set by the user, the first byte may take all of it.
      response: way.timeoutMs ?? RESPONSE_MS_MAX,
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
