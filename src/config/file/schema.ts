import * as v from 'valibot';
import { faultOfColumnName } from '../../dataset/column-names.js';
import { zoneNamed } from '../../dataset/zone.js';
import { datasetName, duration, httpUrl, lakeUri, positiveDuration } from '../values.js';
import { proxyUrl } from '../source.js';
import {
  filled,
  flag,
  mapping,
  maybe,
  meant,
  named,
  oneOf,
  parsable,
  said,
  text,
  variants,
} from './rules.js';

/**
 * `fernlake.yaml`: the one place that says which names it has, what each may hold, and what it means. The types, the JSON Schema for
 * editors and the page of the reference are made from it. Rules that look at two places at once are in checks.ts.
 */

const sendable = v.union([v.string(), v.number(), v.boolean()], 'must be text, a number, true or false');
const sent = named(filled, sendable);
const proxyAddress = parsable(proxyUrl, 'the http:// or https:// address of a proxy');
const time = parsable(duration, 'a duration, such as 5m');
const someTime = parsable(positiveDuration, 'a duration, such as 5m');
const address = parsable(httpUrl, 'an http:// or https:// address');
const atLeastOne = v.pipe(
  v.number('must be a number'),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be 1 or more'),
);

const auth = variants(
  ['bearer', 'api_key', 'http_basic', 'oauth2_client_credentials'],
  [
    mapping({
      type: v.literal('bearer'),
      token: said(filled, 'The token behind `Authorization: Bearer`.'),
    }),
    mapping({
      type: v.literal('api_key'),
      name: said(filled, 'Name of the header or parameter, such as X-Api-Key.'),
      value: said(filled, 'The key.'),
      location: maybe(oneOf('header', 'query'), 'Where it goes. Default: header.'),
    }),
    mapping({
      type: v.literal('http_basic'),
      username: said(filled, 'The name of the user.'),
      password: said(text, 'The password.'),
    }),
    mapping({
      type: v.literal('oauth2_client_credentials'),
      access_token_url: said(address, 'Where a token is fetched, again before it expires.'),
      client_id: said(filled, 'Who asks for it.'),
      client_secret: said(filled, 'The secret of the client.'),
      access_token_request_data: maybe(named(filled, text), 'What else it is asked with: scope, audience.'),
      token_endpoint_auth_method: maybe(
        oneOf('client_secret_post', 'client_secret_basic'),
        'Where id and secret stand: in the body, or as Basic authentication. Default: client_secret_post.',
      ),
    }),
  ],
);

const NAMES_WITH_DOTS = /^[^.$[\]\s]+(\.[^.$[\]\s]+)*$/;

const incremental = mapping({
  start_param: maybe(
    filled,
    'Parameter that asks for what came after an id, such as since_id; whether it shows that id again or not. Without a cursor the oldest must come first.',
  ),
  newest: maybe(
    oneOf('highest', 'first', 'last'),
    'Where ids are text: which record of an answer is the newest, whose id is asked after: highest (by the bytes of the id), first or last.',
  ),
  limit_param: maybe(filled, 'Parameter that says how many records a page may have.'),
  limit: maybe(
    v.pipe(
      v.number('must be a number'),
      v.integer('must be a whole number'),
      v.minValue(2, 'must be 2 or more: an API that shows the id itself again would get no further with 1'),
    ),
    'How many those are.',
  ),
  cursor_param: maybe(filled, 'Parameter that asks for the next page.'),
  cursor_path: maybe(
    v.pipe(text, v.regex(NAMES_WITH_DOTS, 'must be names with dots in between, such as paging.next')),
    'Where an answer names its next page: paging.next. Not there, null or empty: there is none.',
  ),
});

const source = mapping({
  url: said(address, 'The address of the API, http:// or https://.'),
  method: maybe(oneOf('GET', 'POST'), 'Default: GET.'),
  body: maybe(
    v.union([v.string(), named(text, v.unknown())], 'must be text, or a mapping that is sent as JSON'),
    'What a POST sends: text as it stands, or a mapping, sent as JSON.',
  ),
  headers: maybe(sent, 'Headers of each request.'),
  auth: maybe(auth, 'How the API knows us.'),
  params: maybe(sent, 'Parameters behind the address.'),
  cache_buster: maybe(
    v.union(
      [
        v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.~-]+$/, 'must be the name of a parameter, such as _')),
        v.literal(false),
      ],
      'must be the name of a parameter, such as _, or false for none',
    ),
    'Parameter that makes each request new, so that no cache answers; false: none. Default: _ for GET, none for POST.',
  ),
  proxy: maybe(
    proxyAddress,
    'The proxy to go through. Default: as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say.',
  ),
  ca_file: maybe(filled, 'Certificates (PEM) of a private authority, trusted beside those that Node knows.'),
  cert_file: maybe(filled, 'Our own certificate (PEM), where the API asks for one; with key_file.'),
  key_file: maybe(filled, 'The private key (PEM) of cert_file.'),
  timeout: maybe(someTime, 'How long an answer may take, 50s at most. Default: 30s.'),
  data_selector: maybe(
    v.pipe(text, v.regex(NAMES_WITH_DOTS, 'must be names with dots in between, such as data.items')),
    'Where the array of records is in an answer: data.items. Left out: the answer is the array.',
  ),
  primary_key: maybe(
    filled,
    "The element's field that holds its id, an integer or text. Required without a preset.",
  ),
  contiguous: maybe(
    flag,
    'Ids count up without holes, so that a hole is a loss; never for text. Default: false.',
  ),
  incremental: maybe(
    incremental,
    'Only where the API can be asked for what came after an id, or for a page.',
  ),
});

/** What others call them. */
const SYNONYMS: Readonly<Record<string, string>> = {
  ...{ string: 'text', str: 'text', varchar: 'text', char: 'text' },
  ...{ timestamp: 'text', datetime: 'text', date: 'text', time: 'text', uuid: 'text' },
  ...{ int: 'integer', bigint: 'integer', long: 'integer', int64: 'integer' },
  ...{ float: 'number', double: 'number', decimal: 'number', real: 'number', bool: 'boolean' },
  ...{ dict: 'object', struct: 'object', map: 'object', list: 'json', array: 'json', any: 'json' },
};

const MEMBER_TYPES = ['text', 'integer', 'number', 'boolean'] as const;
export const COLUMN_TYPES = [...MEMBER_TYPES, 'object', 'json'] as const;
const memberType = v.picklist(MEMBER_TYPES, meant(MEMBER_TYPES, SYNONYMS));
const columnType = v.picklist(COLUMN_TYPES, meant(COLUMN_TYPES, SYNONYMS));
const columnName = v.pipe(
  v.string(),
  v.check(
    (name) => faultOfColumnName(name) === undefined,
    ({ input }) => faultOfColumnName(input) ?? '',
  ),
);
const optional = maybe(flag, 'It may be missing, or null. Default: false.');
const description = maybe(text, 'What it means; for tables and docs.');

const member = v.union(
  [memberType, mapping({ type: said(memberType, 'What it holds.'), optional, description })],
  'must be a type, or a mapping with type',
);

const dictionary = v.pipe(
  v.array(text, 'must be a list of texts'),
  v.nonEmpty('must not be empty'),
  v.checkItems((item, at, all) => all.indexOf(item) === at, 'stands in the list already'),
);

const compact = v.union(
  [
    oneOf('hex', 'time', 'http_method'),
    mapping({ dictionary: said(dictionary, 'Texts that get 1, 2, 3, …: only ever add at the end.') }),
  ],
  'must be hex, time, http_method or a mapping with dictionary',
);

const column = v.union(
  [
    columnType,
    mapping({
      type: said(columnType, 'What it holds.'),
      optional,
      compact: maybe(compact, 'How the landed row spells a text more shortly. Default: as it is.'),
      columns: maybe(named(columnName, member), 'Of an object: its members that have columns of their own.'),
      description,
    }),
  ],
  'must be a type, or a mapping with type',
);

const record = mapping({
  payload: maybe(filled, "The element's field that holds the record. Left out: the element is the record."),
  encryption: maybe(oneOf('fernet', 'none'), 'Default: none.'),
  keys: maybe(filled, 'The Fernet keys, comma-separated, newest first: "${FERNET_KEYS}".'),
  keys_file: maybe(filled, 'A file with the keys, read again whenever it changes.'),
  format: maybe(
    oneOf('auto', 'python', 'json'),
    'How a record is written. Default: auto, what it looks like.',
  ),
  primary_key: maybe(
    filled,
    "The record's own field that must equal the element's id. Left out: not looked at.",
  ),
  event_time: maybe(
    mapping({
      field: maybe(filled, 'The column that holds the time of the event. Required without a preset.'),
      format: maybe(
        filled,
        'iso8601, epoch_s, epoch_ms, python_logging, rfc1123, or a pattern as of strptime, such as %d/%m/%Y %H:%M:%S. Default: iso8601.',
      ),
      zone: maybe(
        parsable(zoneNamed, 'a time zone, such as UTC or Europe/Berlin'),
        'What a time is local to that names no zone: UTC, +05:30 or Europe/Berlin. Default: UTC.',
      ),
    }),
    'When it happened: decides the hour of the record.',
  ),
  columns: maybe(
    named(columnName, column),
    'The fields of a record, by name: a type (text, integer, number, boolean, object, json), or more about it. Required without a preset.',
  ),
  other_columns: maybe(
    oneOf('keep', 'quarantine'),
    'What becomes of a record with fields that stand in no column. Default: keep.',
  ),
});

const poll = mapping({
  slot: maybe(someTime, 'One run of the schedule polls for this long; 1s or more. Default: 5m.'),
  min: maybe(time, 'The shortest wait between two polls. Default: 1s.'),
  max: maybe(someTime, 'The longest wait. Default: a whole slot.'),
});

const seal = mapping({
  lateness: maybe(time, "An hour is sealed this long after its end by the source's own time. Default: 5m."),
  idle: maybe(
    someTime,
    'The hour of a source that went quiet is sealed when nothing came for this long. Default: 5m.',
  ),
});

export const PRESETS = ['log-api'] as const;

const dataset = mapping({
  preset: maybe(
    oneOf(...PRESETS),
    'What is filled in before the rest is read. log-api: the API of the sample, Fernet tokens around Python dicts.',
  ),
  source: said(source, 'Where the records come from.'),
  record: maybe(record, 'What a record is, and what becomes of it. Required without a preset.'),
  poll: maybe(poll, 'How often the source is asked.'),
  seal: maybe(seal, 'When an hour is closed.'),
  formats: maybe(
    v.pipe(
      v.array(oneOf('ndjson', 'parquet', 'iceberg'), 'must be a list, such as [ndjson, parquet]'),
      v.includes('ndjson', 'must hold ndjson: the lake is read again from it'),
      v.excludes('iceberg', 'holds iceberg, which this version does not write'),
    ),
    'What is written of an hour. Default: [ndjson].',
  ),
});

const smtp = mapping({
  host: said(filled, 'Name of the mail server.'),
  port: maybe(v.pipe(atLeastOne, v.maxValue(65_535, 'must be 1 to 65535')), 'Default: 587.'),
  username: maybe(filled, 'The name of the user.'),
  password: maybe(filled, 'The password.'),
  from: said(filled, 'The address of the sender.'),
  to: said(v.array(filled, 'must be a list of addresses'), 'The addresses of the receivers.'),
});

const receiver = v.pipe(
  mapping({
    webhook: maybe(address, 'An address that takes JSON, such as one of Slack.'),
    smtp: maybe(smtp, 'A mail server.'),
  }),
  v.check((it) => Object.keys(it).length === 1, 'must be { webhook: … } or { smtp: … }'),
);

export const fileSchema = mapping({
  lake: said(
    parsable(lakeUri, 'an address'),
    'Where the lake is: file:///absolute/directory or s3://bucket[/prefix].',
  ),
  notify: maybe(
    v.array(receiver, 'must be a list of receivers'),
    'Who is told what is worth waking somebody for.',
  ),
  datasets: said(
    v.pipe(
      named(parsable(datasetName, 'a name'), dataset),
      v.check((all) => Object.keys(all).length > 0, 'must hold a dataset'),
    ),
    'By name, which is the name of its table and the first folder of its keys.',
  ),
});

export type FileContent = v.InferOutput<typeof fileSchema>;
export type DatasetContent = v.InferOutput<typeof dataset>;
