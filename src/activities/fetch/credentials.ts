import { Buffer } from 'node:buffer';
import type { OAuthClient, SourceAuth, SourceRequest } from '../../config/source.js';
import { FernlakeError } from '../../errors.js';
import type { Address } from './address.js';
import { headersOf } from './headers.js';
import { oauthCredentials } from './oauth-token.js';
import { type Credentials, type Pass, passOf } from './pass.js';

/** Throws FernlakeError `Configuration` for credentials that get in each other's way, or that HTTP cannot carry. */
export function credentialsOf(request: SourceRequest, { url }: Address): Credentials {
  const { auth, headers = {} } = request;
  if (auth === undefined) return lasting(passOf({}), adviceWithoutAuth(request, url));
  if (url.username !== '' || url.password !== '')
    throw wrong('the source URL holds a user name or a password, and auth is set as well: keep one');
  const header = headerOf(auth);
  if (Object.keys(headers).some((name) => name.toLowerCase() === header))
    throw wrong('the header that auth sends is among headers as well: keep one');
  return auth.type === 'oauth2_client_credentials' ? oauthCredentials(auth, request) : lastingOf(auth);
}

/** undefined: it sends none. */
function headerOf(auth: SourceAuth): string | undefined {
  if (auth.type !== 'api_key') return 'authorization';
  return auth.location === 'header' ? auth.name.toLowerCase() : undefined;
}

/** What of the rest of a request may have been meant to let it in. */
function adviceWithoutAuth({ headers = {}, params = {} }: SourceRequest, url: URL): string {
  if (url.username !== '' || url.search !== '') return 'check the credentials in the source URL';
  if (Object.keys({ ...headers, ...params }).length > 0)
    return 'no auth is set for the source: set it, or check the credentials among its headers and params';
  return 'the source URL holds no credentials: put user and password in front of its host, or a key among its parameters, or set auth in fernlake.yaml';
}

function lastingOf(auth: Exclude<SourceAuth, OAuthClient>): Credentials {
  switch (auth.type) {
    case 'bearer':
      return lasting(
        inHeader('authorization', `Bearer ${auth.token}`, 'the bearer token'),
        'a bearer token was sent: check it',
      );
    case 'http_basic':
      return lasting(
        // In UTF-8, as RFC 7617 has it for those who can choose.
        passOf({
          authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`,
        }),
        'a user name and a password were sent (HTTP Basic): check both',
      );
    case 'api_key':
      return auth.location === 'header'
        ? lasting(
            inHeader(auth.name, auth.value, 'the API key'),
            "an API key was sent in a header: check it, and the header's name",
          )
        : lasting(
            { headers: {}, params: [[auth.name, auth.value]] },
            "an API key was sent among the parameters: check it, and the parameter's name",
          );
  }
}

const lasting = (pass: Pass, advice: string): Credentials => ({
  pass: () => pass,
  drop: () => false,
  advice,
});

/** Names the setting (`what`) in place of the header, which the user may not know. */
function inHeader(name: string, value: string, what: string): Pass {
  try {
    return passOf(headersOf({ [name]: value }));
  } catch {
    throw wrong(`${what} cannot be sent in a header of HTTP: is there a line break in it, or at its end?`);
  }
}

const wrong = (what: string): FernlakeError => new FernlakeError('Configuration', 'terminal', what);
