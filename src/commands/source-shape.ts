import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { FernlakeError } from '../errors.js';

/** What makes another API than the diary's of the sample: how its answers look, and how it wants to be asked. */
export interface ShapeOptions {
  readonly arrayPath?: string;
  readonly idField?: string;
  readonly payloadField?: string;
  readonly payload?: string;
  readonly ids?: string;
  readonly times?: string;
  readonly rename?: Readonly<Record<string, string>>;
  readonly newestFirst?: true;
  readonly paging?: true;
  readonly method?: string;
  readonly auth?: Readonly<Record<string, string>>;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly clientCa?: string;
}

export const PAYLOADS = ['fernet', 'fernet-json', 'python', 'json', 'object'];
export const IDS = ['integer', 'digits', 'snowflake', 'ulid', 'uuid7', 'uuid4'];
export const TIMES = ['iso8601', 'epoch_s', 'epoch_ms', 'rfc1123', 'python_logging'];

const AUTH_SYNTAX =
  'bearer:TOKEN, http_basic:USER:PASSWORD, api_key:header:NAME:VALUE, api_key:query:NAME:VALUE, or oauth2_client_credentials:ID:SECRET (token at /oauth/token)';

export function addShapeOptions(command: Command): Command {
  const chosen = (flags: string, says: string, choices: readonly string[]): Option =>
    new Option(flags, says).choices(choices);
  return command
    .option(
      '--array-path <path>',
      'where the array is in the answer, such as data.items; default: it is the answer',
    )
    .option('--id-field <name>', "an element's field with the id; default: recordId")
    .option(
      '--payload-field <name>',
      "an element's field with the record; none: the element is the record; default: data",
    )
    .addOption(chosen('--payload <kind>', 'how the record is written there; default: fernet', PAYLOADS))
    .addOption(chosen('--ids <kind>', 'ids as numbers, or as text; default: integer', IDS))
    .addOption(chosen('--times <kind>', 'how inDate is written; default: iso8601', TIMES))
    .option('--rename <fields>', 'other names of the fields, such as inDate=ts,user_id=user', pairs)
    .option('--newest-first', 'the newest record stands first in an answer')
    .option('--paging', 'heed since_id, limit and cursor; next_cursor stands beside the array')
    .addOption(chosen('--method <method>', 'what it wants to be asked with; default: GET', ['GET', 'POST']))
    .option('--auth <what>', `answer 401 without it: ${AUTH_SYNTAX}`, requiredAuth)
    .option('--tls-cert <file>', 'speak https with this certificate (PEM)')
    .option('--tls-key <file>', 'the key of the certificate')
    .option('--client-ca <file>', 'want a client certificate of this authority');
}

/** Whether it needs a fernlake.yaml to be read. */
export const isShaped = (options: ShapeOptions): boolean => Object.keys(shapedOptions(options)).length > 0;

/** What the sample API is started with. Throws FernlakeError `Configuration`. */
export function shapedOptions(options: ShapeOptions): Readonly<Record<string, unknown>> {
  const { arrayPath, idField, payloadField, payload, ids, times, rename, newestFirst } = options;
  const shape = defined({
    arrayPath,
    idField,
    payloadField: payloadField === 'none' ? null : payloadField,
    payload,
    ids,
    times,
    rename,
    newestFirst,
  });
  const { paging, method, auth } = options;
  return {
    ...defined({ paging, method, auth, tls: certified(options) }),
    ...(Object.keys(shape).length === 0 ? {} : { shape }),
  };
}

const defined = (values: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function certified({ tlsCert, tlsKey, clientCa }: ShapeOptions): unknown {
  if (tlsCert === undefined && tlsKey === undefined && clientCa === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new FernlakeError('Configuration', 'terminal', '--tls-cert and --tls-key go together');
  return {
    cert: readPem(tlsCert),
    key: readPem(tlsKey),
    ...(clientCa === undefined ? {} : { clientAuthority: readPem(clientCa) }),
  };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    throw new FernlakeError('Configuration', 'terminal', `${file} cannot be read (${code})`);
  }
}

function pairs(text: string): Readonly<Record<string, string>> {
  const all = text.split(',').map((pair) => /^\s*(\w+)=(\w+)\s*$/.exec(pair));
  if (all.includes(null)) throw new InvalidArgumentError('It must be a list such as inDate=ts,user_id=user.');
  return Object.fromEntries(all.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

function requiredAuth(text: string): Readonly<Record<string, string>> {
  const [type = '', first = '', second, third] = text.split(':');
  if (type === 'bearer' && first && second === undefined) return { type, token: first };
  if (type === 'http_basic' && first && second !== undefined)
    return { type, username: first, password: second };
  if (type === 'api_key' && (first === 'header' || first === 'query') && second && third)
    return { type, location: first, name: second, value: third };
  if (type === 'oauth2_client_credentials' && first && second)
    return { type, clientId: first, clientSecret: second };
  throw new InvalidArgumentError(`It must be ${AUTH_SYNTAX}.`);
}
