import { BlockList, isIP } from 'node:net';
import { list } from './values.js';

/**
 * How the source is asked: what `source:` of fernlake.yaml says of it, each `${…}` resolved. It holds secrets, so it is kept in memory
 * alone and shown nowhere.
 */
export interface SourceRequest {
  /** http or https. User name and password in it are sent as Basic authentication; its query goes out as it stands. */
  readonly url: string;
  /** Default GET. */
  readonly method?: 'GET' | 'POST' | undefined;
  /** Of a POST: a text as it stands, or an object, sent as JSON. */
  readonly body?: string | object | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly auth?: SourceAuth | undefined;
  /** Appended to the query of the address, names and values encoded. */
  readonly params?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Name of the parameter that makes each request new, so that no cache answers; false: none. Default `_` for GET, none for POST. */
  readonly cacheBuster?: string | false | undefined;
  /** Address of the proxy to go through; user name and password in it are for the proxy. undefined: straight. */
  readonly proxy?: string | undefined;
  /** Files with certificates (PEM) to trust beside those that Node knows. */
  readonly caFiles?: readonly string[] | undefined;
  /** What the source shall know us by: PEM files, the certificate's chain included. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** For the whole answer, redirects and the token of OAuth included. Default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** Where more can be asked for than the newest records. */
  readonly incremental?: PagesRequest | undefined;
}

/** How it is asked for what came after an id, or for a page. */
export interface PagesRequest {
  readonly startParam: string | null;
  /** Which record of an answer has the id to start from. */
  readonly newest: 'highest' | 'first' | 'last';
  readonly limitParam: string | null;
  readonly limit: number | null;
  readonly cursorParam: string | null;
  /** The fields of an answer that lead to what its next page is asked with. */
  readonly cursorPath: readonly string[] | null;
}

export type SourceAuth =
  | { readonly type: 'bearer'; readonly token: string }
  | {
      readonly type: 'api_key';
      readonly name: string;
      readonly value: string;
      readonly location: 'header' | 'query';
    }
  | { readonly type: 'http_basic'; readonly username: string; readonly password: string }
  | OAuthClient;

/** OAuth 2.0, client credentials (RFC 6749, 4.4): a token is fetched from elsewhere, again before it expires. */
export interface OAuthClient {
  readonly type: 'oauth2_client_credentials';
  readonly accessTokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What else the token is asked for with: `scope`, `audience`, `resource`. */
  readonly accessTokenRequestData?: Readonly<Record<string, string>> | undefined;
  /** Where client id and secret stand (RFC 7591, 2). Default `client_secret_post`: in the body. */
  readonly tokenEndpointAuthMethod?: 'client_secret_post' | 'client_secret_basic' | undefined;
  /** On the way to the token's address, which may be another than to the source. */
  readonly proxy?: string | undefined;
}

/** How the source is asked, beside its address. */
export type SourceSettings = Omit<SourceRequest, 'url'>;

type Env = Readonly<Record<string, string | undefined>>;
type Read = <T>(name: string, parse: (text: string) => T, fallback: T) => T;

export function readSource(env: Env, read: Read, sourceUrl: string | undefined): SourceSettings {
  const caFile = read<string | undefined>('FERNLAKE_SOURCE_CA_FILE', (text) => text, undefined);
  // Node reads this file by itself, but ignores it as soon as an authority is given to it.
  const extra = env['NODE_EXTRA_CA_CERTS'];
  return {
    cacheBuster: read('FERNLAKE_CACHE_BUSTER', parameterName, '_'),
    proxy: sourceUrl === undefined ? undefined : proxyFor(new URL(sourceUrl), env, read),
    caFiles: caFile === undefined ? [] : [caFile, ...(extra ? [extra] : [])],
  };
}

function parameterName(text: string): string | false {
  if (text === 'false') return false;
  if (/^[A-Za-z0-9_.~-]+$/.test(text)) return text;
  throw new RangeError('must be the name of a query parameter, such as _, or false for none');
}

/** The proxy for an address as curl chooses it: `<scheme>_proxy`, else `all_proxy`, unless `no_proxy` names the host. Small letters go first. */
export function proxyFor(url: URL, env: Env, read: Read): string | undefined {
  const scheme = url.protocol.slice(0, -1);
  const names = [`${scheme}_proxy`, 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  const name = names.find((each) => env[each]?.trim());
  if (name === undefined || isExcepted(url, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  return read<string | undefined>(name, proxyUrl, undefined);
}

/** curl takes a proxy without a scheme for one that speaks HTTP. */
export function proxyUrl(text: string): string {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new RangeError('is no http:// or https:// address of a proxy (SOCKS is not spoken)');
  return url.href;
}

/** Whether one of the comma-separated hosts, domains, addresses and networks is this one's; `*` is all. */
function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list(noProxy.replaceAll(/\s+/g, ',')).some((entry) => {
    if (entry === '*') return true;
    // The colons of an address of IPv6 are no port's.
    const isAddress = isIP(entry.split('/', 1)[0] ?? '') !== 0;
    const [, name = '', ownPort] = isAddress ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
    if (ownPort !== undefined && ownPort !== port) return false;
    if (isIP(host)) return isInNetwork(host, name.replace(/^\[|\]$/g, ''));
    const excepted = name.replace(/^\*?\.|\.$/g, '').toLowerCase();
    return host === excepted || host.endsWith(`.${excepted}`);
  });
}

function isInNetwork(host: string, entry: string): boolean {
  const [address = '', bits] = entry.split('/');
  const [family, ownFamily] = [isIP(host), isIP(address)];
  if (ownFamily === 0 || family !== ownFamily) return false;
  const networks = new BlockList();
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const most = family === 6 ? 128 : 32;
  const length = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > most) return false;
  networks.addSubnet(address, length, type);
  return networks.check(host, type);
}
