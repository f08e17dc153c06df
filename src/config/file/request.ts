import type { PagesRequest, SourceAuth, SourceRequest } from '../source.js';
import { duration } from '../values.js';
import type { DatasetContent } from './schema.js';

type Source = DatasetContent['source'];

/** What finds the proxy to an address where the file names none. */
export type ProxyFor = (url: string) => string | undefined;

export interface RequestOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly proxyFor: ProxyFor;
}

/** How the source is asked. `pathOf` makes a path of the file's one of this process. */
export function requestOf(
  source: Source,
  pathOf: (name: string) => string,
  { env, proxyFor }: RequestOptions,
): SourceRequest {
  const { url, method, body, headers, auth, params, cache_buster, proxy, ca_file, cert_file, key_file } =
    source;
  const extraCaFile = env['NODE_EXTRA_CA_CERTS'];
  return {
    url,
    ...(method === undefined ? {} : { method }),
    ...(body === undefined ? {} : { body }),
    ...(headers === undefined ? {} : { headers: texts(headers) }),
    ...(auth === undefined ? {} : { auth: authOf(auth, proxyFor) }),
    ...(params === undefined ? {} : { params }),
    ...(cache_buster === undefined ? {} : { cacheBuster: cache_buster }),
    proxy: proxy ?? proxyFor(url),
    // Node ignores the authorities of the environment as soon as one is given to it.
    caFiles: ca_file === undefined ? [] : [pathOf(ca_file), ...(extraCaFile ? [extraCaFile] : [])],
    ...(cert_file === undefined || key_file === undefined
      ? {}
      : { certificate: { certFile: pathOf(cert_file), keyFile: pathOf(key_file) } }),
    ...(source.timeout === undefined ? {} : { timeoutMs: duration(source.timeout) }),
    ...(source.incremental === undefined ? {} : { incremental: pagesOf(source.incremental) }),
  };
}

const pagesOf = (incremental: NonNullable<Source['incremental']>): PagesRequest => ({
  startParam: incremental.start_param ?? null,
  newest: incremental.newest ?? 'highest',
  limitParam: incremental.limit_param ?? null,
  limit: incremental.limit ?? null,
  cursorParam: incremental.cursor_param ?? null,
  cursorPath: incremental.cursor_path?.split('.') ?? null,
});

const texts = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

function authOf(auth: NonNullable<Source['auth']>, proxyFor: ProxyFor): SourceAuth {
  if (auth.type === 'api_key') return { ...auth, location: auth.location ?? 'header' };
  if (auth.type !== 'oauth2_client_credentials') return auth;
  const { access_token_request_data: data, token_endpoint_auth_method: authMethod } = auth;
  return {
    type: auth.type,
    accessTokenUrl: auth.access_token_url,
    clientId: auth.client_id,
    clientSecret: auth.client_secret,
    accessTokenRequestData: data,
    tokenEndpointAuthMethod: authMethod,
    proxy: proxyFor(auth.access_token_url),
  };
}
