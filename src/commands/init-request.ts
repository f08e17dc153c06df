import { InvalidArgumentError } from 'commander';
import { FernlakeError } from '../errors.js';

/** How the API is asked, in the names of fernlake.yaml. */
export type SourceContent = Readonly<Record<string, unknown>>;

export interface RequestOptions {
  readonly url: string;
  readonly header?: readonly Pair[];
  readonly param?: readonly Pair[];
  readonly bearerEnv?: string;
  readonly basicEnv?: readonly [user: string, password: string];
  readonly body?: string;
  readonly caFile?: string;
}

export type Pair = readonly [name: string, value: string];

export interface InitRequest {
  /** With the values that were given, to ask with. */
  readonly asked: SourceContent;
  /** With `${NAME}` where one may be a secret. */
  readonly written: SourceContent;
  /** Variables that have to be set for that, and where their value was given. */
  readonly toSet: readonly Pair[];
}

/** What may be read by everybody, and values that look like words. */
const HARMLESS = ['accept', 'accept-language', 'accept-charset', 'content-type', 'user-agent', 'referer'];
const SECRET = /auth|cookie|key|token|secret|passw|pwd|session|sig|credential|bearer|jwt|hmac/i;
const WORDS = /^[\w.,;:=*/ -]{0,60}$/;
/** Letters and digits in one. */
const RANDOM = /(?=\w*\d)(?=\w*[A-Za-z])[\w-]{16,}/;
const REFERENCE = /\$\{[^}]+\}/;

/** Throws FernlakeError `Configuration` for what contradicts itself. */
export function initRequest(options: RequestOptions): InitRequest {
  const { header = [], param = [], bearerEnv, basicEnv, body, caFile } = options;
  const { url, params, user } = parted(options.url);
  if (bearerEnv !== undefined && (basicEnv ?? user))
    throw wrong('--bearer-env and a user name are both given: keep one');
  if (basicEnv && user) throw wrong('--basic-env is given, and the URL holds a user name as well: keep one');
  const toSet = new Map<string, string>();
  const hidden = (pairs: readonly Pair[], what: string): readonly Pair[] =>
    pairs.map(([name, value]) => {
      if (isHarmless(name, value)) return [name, value];
      const variable = variableOf(name);
      toSet.set(variable, `the ${what} ${name}`);
      return [name, `\${${variable}}`];
    });
  const all = [...params, ...param];
  const ca = caFile === undefined ? {} : { ca_file: caFile };
  const isSecretBody = body !== undefined && SECRET.test(body) && !REFERENCE.test(body);
  if (isSecretBody) toSet.set('API_BODY', 'the body');
  const post = (text: string | undefined): object =>
    text === undefined ? {} : { method: 'POST', body: text };
  const named = bearerEnv
    ? bearer(bearerEnv)
    : basicEnv
      ? basic(`\${${basicEnv[0]}}`, `\${${basicEnv[1]}}`)
      : {};
  const asked = {
    ...{ url, ...post(body), ...ca, ...named, ...(user ? basic(...user) : {}) },
    ...mapped('headers', header),
    ...mapped('params', all),
  };
  if (user) for (const [name, what] of USER) toSet.set(name, what);
  const written = {
    ...{ url, ...post(isSecretBody ? '${API_BODY}' : body), ...ca, ...named },
    ...(user ? basic(`\${${USER[0][0]}}`, `\${${USER[1][0]}}`) : {}),
    ...mapped('headers', hidden(header, 'header')),
    ...mapped('params', hidden(all, 'parameter')),
  };
  return { asked, written, toSet: [...toSet] };
}

const USER = [
  ['API_USER', 'the user name in the URL'],
  ['API_PASSWORD', 'the password in the URL'],
] as const;

const bearer = (variable: string): object => ({ auth: { type: 'bearer', token: `\${${variable}}` } });
const basic = (username: string, password: string): object => ({
  auth: { type: 'http_basic', username, password },
});

const mapped = (name: string, pairs: readonly Pair[]): object =>
  pairs.length === 0 ? {} : { [name]: Object.fromEntries(pairs) };

/** Parameters that may be secret go out as those of `params`; the others stay in the address. */
function parted(text: string): {
  url: string;
  params: readonly Pair[];
  user: readonly [string, string] | undefined;
} {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // The file's own rule says what is wrong with it.
  if (!url) return { url: text, params: [], user: undefined };
  const user =
    url.username === '' && url.password === '' ? undefined : ([url.username, url.password] as const);
  const secret = [...url.searchParams].filter(([name, value]) => !isHarmless(name, value));
  if (!user && secret.length === 0) return { url: text, params: [], user };
  const names = secret.map(([name]) => name);
  url.search = url.search
    .slice(1)
    .split('&')
    .filter((part) => !names.includes([...new URLSearchParams(part).keys()][0] ?? ''))
    .join('&');
  [url.username, url.password] = ['', ''];
  return { url: url.href, params: secret, user: user && [decoded(user[0]), decoded(user[1])] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isHarmless(name: string, value: string): boolean {
  if (REFERENCE.test(value) || HARMLESS.includes(name.toLowerCase())) return true;
  return !SECRET.test(name) && WORDS.test(value) && !RANDOM.test(value);
}

const variableOf = (name: string): string => {
  const words = name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  return /^[A-Z]/.test(words) && !words.startsWith('FERNLAKE_') && !words.startsWith('FERNET_')
    ? words
    : `API_${words}`;
};

const wrong = (what: string): FernlakeError => new FernlakeError('Configuration', 'terminal', what);

/** `Name: value` */
export function headerPair(text: string, before: readonly Pair[] = []): readonly Pair[] {
  const [, name, value] = /^\s*([^:\s]+)\s*:\s*(.*?)\s*$/s.exec(text) ?? [];
  if (name === undefined || value === undefined || value === '')
    throw new InvalidArgumentError("It must be 'Name: value', such as 'X-Tenant: 42'.");
  return [...before, [name, value]];
}

/** `name=value` */
export function paramPair(text: string, before: readonly Pair[] = []): readonly Pair[] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It must be name=value, such as limit=100.');
  return [...before, [name, value]];
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function variable(text: string): string {
  if (VARIABLE.test(text)) return text;
  throw new InvalidArgumentError('It must be the name of a variable, such as API_TOKEN, not its value.');
}

/** `USER,PASSWORD` */
export function twoVariables(text: string): readonly [string, string] {
  const [user = '', password = '', ...rest] = text.split(',').map((name) => name.trim());
  if (rest.length === 0 && VARIABLE.test(user) && VARIABLE.test(password)) return [user, password];
  throw new InvalidArgumentError('It must be the names of two variables: API_USER,API_PASSWORD.');
}
