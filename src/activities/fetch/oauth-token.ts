import * as oauth from 'oauth4webapi';
import type { OAuthClient, SourceRequest } from '../../config/source.js';
import type { FernlakeError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { type Address, parseAddress } from './address.js';
import { failureOfStatus, noToken, type Received } from './answer.js';
import { createClient, TIMEOUT_MS_DEFAULT } from './client.js';
import { within } from './deadline.js';
import { type Credentials, passOf } from './pass.js';
import { receive } from './receive.js';

interface Token {
  readonly value: string;
  /** Time of `performance.now()`, which no clock change moves; Infinity where the server did not say. */
  readonly endsAtMs: number;
}

/** A token is fetched anew this much before its end, so that it does not end on the way; one of a short life a tenth. */
const MARGIN_MS_MAX = 60_000;
/** Less than the time-out of the whole request, so that a failure says that the token was waited for. */
const TOKEN_MS_MAX = 10_000;
/** What a refusal calls itself (RFC 6749, 5.2). */
const ERROR_WORD = /^[a-z][a-z_]{2,39}$/;
const ROLE = { who: 'the token endpoint', setting: 'access_token_url (of auth)' };

/**
 * A token by OAuth 2.0's client credentials, held in memory until shortly before its end; one that the source refuses sooner is dropped.
 * Throws FernlakeError `Configuration` for an address that cannot be asked.
 */
export function oauthCredentials(client: OAuthClient, way: SourceRequest): Credentials {
  const address = parseAddress(client.accessTokenUrl, client.proxy, ROLE);
  const timeoutMs = Math.min(way.timeoutMs ?? TIMEOUT_MS_DEFAULT, TOKEN_MS_MAX);
  const http = createClient(address, { ...way, proxy: client.proxy });
  let held: Token | undefined;
  let isNew = false;

  const post: Post = (url, headers, body, signal) =>
    within(timeoutMs, address, signal, (both) =>
      receive(
        http.stream(url, { method: 'POST', headers, body, signal: both }),
        address,
        LIMITS.bodyBytesMax,
      ),
    );

  return {
    pass: async (signal) => {
      isNew = held === undefined || performance.now() >= held.endsAtMs;
      if (held === undefined || isNew) held = await fetchToken(client, address, post, signal);
      return passOf({ authorization: `Bearer ${held.value}` });
    },
    drop: () => {
      held = undefined;
      return !isNew;
    },
    advice:
      'a token was sent that the token endpoint has just given out (OAuth 2.0): check what the client may do, and the scope or audience in access_token_request_data',
  };
}

type Post = (
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal | undefined,
) => Promise<Received>;

async function fetchToken(
  client: OAuthClient,
  address: Address,
  post: Post,
  signal: AbortSignal | undefined,
): Promise<Token> {
  const askedAtMs = performance.now();
  const server = { issuer: address.url.origin, token_endpoint: client.accessTokenUrl };
  const named = { client_id: client.clientId };
  const authentication =
    client.tokenEndpointAuthMethod === 'client_secret_basic'
      ? oauth.ClientSecretBasic(client.clientSecret)
      : oauth.ClientSecretPost(client.clientSecret);
  let received: Received | undefined;
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    named,
    authentication,
    client.accessTokenRequestData ?? {},
    {
      [oauth.customFetch]: async (url, { headers, body }) => {
        received = await post(url, headers, body.toString(), signal);
        const refusal = refusalOf(received, address);
        if (refusal !== undefined) throw refusal;
        return new Response(received.body);
      },
      [oauth.allowInsecureRequests]: true,
    },
  );
  try {
    const token = await oauth.processClientCredentialsResponse(server, named, response);
    const lifeMs = (token.expires_in ?? Number.POSITIVE_INFINITY) * 1000;
    return {
      value: token.access_token,
      endsAtMs: askedAtMs + Math.max(lifeMs * 0.9, lifeMs - MARGIN_MS_MAX),
    };
  } catch (error) {
    if (received === undefined) throw error;
    // The library's own error carries the body, and with it perhaps a token.
    throw noToken(received, address);
  }
}

function refusalOf(received: Received, address: Address): FernlakeError | undefined {
  const asked = { address, cacheBuster: false as const, credentials: adviceOn(received) };
  return failureOfStatus(received, asked, Date.now());
}

function adviceOn({ body }: Received): string {
  const mend =
    'client id and secret were sent: check both, token_endpoint_auth_method, and access_token_request_data';
  try {
    const { error } = JSON.parse(body.toString()) as { error?: unknown };
    return typeof error === 'string' && ERROR_WORD.test(error) ? `it says ${error}: ${mend}` : mend;
  } catch {
    return mend;
  }
}
