import type { SourceServerOptions } from '../../examples/source-server/index.js';

/** APIs of different kinds: how the sample API serves them, and what a user declares of them. */
export interface DeclaredApi {
  readonly server: SourceServerOptions;
  /** Below its name in `fernlake.yaml`; `${URL}`, `${TOKEN_URL}` and `${KEY}` are there. */
  readonly yaml: string;
  readonly reader: Reader;
  /** How many of the records go to quarantine, and why. */
  readonly refused?: Readonly<Record<string, number>>;
}

/** What declared_reader.py is told, which knows nothing of fernlake's own code. */
export interface Reader {
  /** Names of the fields that lead to the array. */
  readonly path: readonly string[];
  readonly id: string;
  /** null: the element is the record. */
  readonly payload: string | null;
  readonly writing: 'object' | 'json' | 'python';
  /** The row's field with the id, where the record has none. */
  readonly idInFront?: string;
  readonly time: { readonly field: string; readonly format: string; readonly zone?: string };
  /** Of compacted columns. */
  readonly codes?: Readonly<Record<string, string | readonly string[]>>;
}

export type Element = Record<string, unknown>;
/** What a page's API asks for. */
export const TOKEN = 'let-me-in';

/** Each element as it is not in any shape of the sample API. */
const each = (change: (element: Element, at: number) => Element): Pick<SourceServerOptions, 'mutate'> => ({
  mutate: (elements) => (elements as unknown as Element[]).map((element, i) => change(element, i)),
});
const idOf = (element: Element): number => Number(element['record_id']);
const localTime = (element: Element, offsetMinutes: number): string =>
  new Date(Date.parse(String(element['inDate'])) + offsetMinutes * 60_000).toISOString();

/** Every record is an element: `{"user_id": …, "record_id": …, …}`. */
const PLAIN = { payloadField: null } as const;
const ISO = '%Y-%m-%dT%H:%M:%S.%f%z';

/** The fields of the sample API's records under their own names, but for time and id. */
const COLUMNS = `
        user_id: { type: text, compact: hex }
        activity: { type: text, compact: { dictionary: [view, cart] } }
        url: text
        method: { type: text, compact: http_method }
        name: text
        detail: { type: object, columns: { message: text, levelname: text } }`;
const CODES = { user_id: 'hex', activity: ['view', 'cart'], method: 'http_method' } as const;

export const APIS: Readonly<Record<string, DeclaredApi>> = {
  'a bearer token, {"data":{"items":[…]}}, epoch milliseconds': {
    server: {
      shape: {
        arrayPath: 'data.items',
        ...PLAIN,
        idField: 'id',
        times: 'epoch_ms',
        rename: { inDate: 'ts' },
      },
      auth: { type: 'bearer', token: TOKEN },
    },
    yaml: `
    source:
      url: "\${URL}"
      auth: { type: bearer, token: ${TOKEN} }
      data_selector: data.items
      primary_key: id
      contiguous: true
    record:
      event_time: { field: ts, format: epoch_ms }
      columns:
        id: integer
        ts: integer${COLUMNS}`,
    reader: {
      ...{ path: ['data', 'items'], id: 'id', payload: null, writing: 'object' },
      ...{ time: { field: 'ts', format: 'epoch_ms' }, codes: CODES },
    },
  },
  'a POST with a body and a password, records as objects in envelopes, newest first': {
    server: {
      shape: { payload: 'object', payloadField: 'event', newestFirst: true },
      method: 'POST',
      auth: { type: 'http_basic', username: 'me', password: 'pässword' },
    },
    yaml: `
    source:
      url: "\${URL}"
      method: POST
      body: { limit: 100 }
      auth: { type: http_basic, username: me, password: "pässword" }
      primary_key: recordId
      contiguous: true
    record:
      payload: event
      primary_key: record_id
      event_time: { field: inDate }
      columns:
        record_id: integer
        inDate: { type: text, compact: time }${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'recordId', payload: 'event', writing: 'object' },
      ...{ time: { field: 'inDate', format: ISO }, codes: { ...CODES, inDate: 'time' } },
    },
  },
  'OAuth 2 client credentials, UUIDs for ids, in any order': {
    server: {
      shape: { ...PLAIN, arrayPath: 'results', ids: 'uuid4' },
      shuffle: true,
      auth: { type: 'oauth2_client_credentials', clientId: 'me', clientSecret: 'hush' },
    },
    yaml: `
    source:
      url: "\${URL}"
      auth:
        type: oauth2_client_credentials
        access_token_url: "\${TOKEN_URL}"
        client_id: me
        client_secret: hush
      data_selector: results
      primary_key: record_id
    record:
      event_time: { field: inDate }
      columns:
        record_id: { type: text, compact: hex }
        inDate: text${COLUMNS}`,
    reader: {
      ...{ path: ['results'], id: 'record_id', payload: null, writing: 'object' },
      ...{ time: { field: 'inDate', format: ISO }, codes: { ...CODES, record_id: 'hex' } },
    },
  },
  'a key in the query, ids beyond 2^53 as text of digits, epoch seconds': {
    server: {
      shape: { ...PLAIN, ids: 'snowflake', times: 'epoch_s' },
      auth: { type: 'api_key', name: 'apikey', value: 'a b&c', location: 'query' },
    },
    yaml: `
    source:
      url: "\${URL}"
      auth: { type: api_key, name: apikey, value: "a b&c", location: query }
      primary_key: record_id
    record:
      event_time: { field: inDate, format: epoch_s }
      columns:
        record_id: text
        inDate: integer${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'record_id', payload: null, writing: 'object' },
      ...{ time: { field: 'inDate', format: 'epoch_s' }, codes: CODES },
    },
  },
  'a key in a header, ULIDs in front of records that do not hold them, RFC 1123': {
    server: {
      shape: { payload: 'object', payloadField: 'body', idField: 'key', ids: 'ulid', times: 'rfc1123' },
      auth: { type: 'api_key', name: 'X-Api-Key', value: 'k', location: 'header' },
      ...each(({ key, body }) => {
        const fields = Object.entries(body as Element).filter(([name]) => name !== 'record_id');
        return { key, body: Object.fromEntries(fields) };
      }),
    },
    yaml: `
    source:
      url: "\${URL}"
      auth: { type: api_key, name: X-Api-Key, value: k }
      primary_key: key
    record:
      payload: body
      event_time: { field: inDate, format: rfc1123 }
      columns:
        key: text
        inDate: text${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'key', payload: 'body', writing: 'object', idInFront: 'key' },
      ...{ time: { field: 'inDate', format: '%a, %d %b %Y %H:%M:%S GMT', zone: 'UTC' }, codes: CODES },
    },
  },
  'local times of Berlin in ISO 8601': {
    server: {
      shape: PLAIN,
      ...each((element) => ({ ...element, inDate: localTime(element, 120).slice(0, 23) })),
    },
    yaml: `
    source: { url: "\${URL}", primary_key: record_id, contiguous: true }
    record:
      event_time: { field: inDate, zone: Europe/Berlin }
      columns:
        record_id: integer
        inDate: { type: text, compact: time }${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'record_id', payload: null, writing: 'object' },
      time: { field: 'inDate', format: '%Y-%m-%dT%H:%M:%S.%f', zone: 'Europe/Berlin' },
      codes: { ...CODES, inDate: 'time' },
    },
  },
  "Python's text of a dict, and the times of its logging": {
    server: { shape: { payload: 'python', times: 'python_logging' } },
    yaml: `
    source: { url: "\${URL}", primary_key: recordId, contiguous: true }
    record:
      payload: data
      format: python
      primary_key: record_id
      event_time: { field: inDate, format: python_logging }
      columns:
        record_id: integer
        inDate: { type: text, compact: time }${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'recordId', payload: 'data', writing: 'python' },
      ...{ time: { field: 'inDate', format: '%Y-%m-%d %H:%M:%S,%f', zone: 'UTC' } },
      codes: { ...CODES, inDate: 'time' },
    },
  },
  'times by a pattern of their own, in India': {
    server: {
      shape: PLAIN,
      ...each((element) => {
        const [, year, month, day, rest] = /^(\d+)-(\d+)-(\d+)T(.{8})/.exec(localTime(element, 330)) ?? [];
        return { ...element, inDate: `${day}/${month}/${year} ${rest}` };
      }),
    },
    yaml: `
    source: { url: "\${URL}", primary_key: record_id, contiguous: true }
    record:
      event_time: { field: inDate, format: "%d/%m/%Y %H:%M:%S", zone: "+05:30" }
      columns:
        record_id: integer
        inDate: { type: text, compact: time }${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'record_id', payload: null, writing: 'object' },
      time: { field: 'inDate', format: '%d/%m/%Y %H:%M:%S', zone: 'Asia/Kolkata' },
      codes: { ...CODES, inDate: 'time' },
    },
  },
  'numbers, truth, nested JSON, and columns that may be missing or null': {
    server: {
      shape: PLAIN,
      ...each((element) => {
        const id = idOf(element);
        return {
          ...element,
          price: id / 8,
          isPaid: id % 2 === 0,
          basket: [{ sku: `s${id % 7}`, n: id % 3, tags: [] }, null],
          ...(id % 3 === 0 ? {} : { coupon: id % 3 === 1 ? null : `c"${id}` }),
          where: { city: 'Köln', zip: id % 5 === 0 ? null : 50_667, geo: { lat: 50.9 } },
        };
      }),
    },
    yaml: `
    source: { url: "\${URL}", primary_key: record_id, contiguous: true }
    record:
      event_time: { field: inDate }
      columns:
        record_id: integer
        inDate: text
        price: number
        isPaid: boolean
        basket: json
        coupon: { type: text, optional: true }
        where: { type: object, columns: { city: text, zip: { type: integer, optional: true } } }${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'record_id', payload: null, writing: 'object' },
      ...{ time: { field: 'inDate', format: ISO }, codes: CODES },
    },
  },
  'a field now and then that nobody declared, which is not let in': {
    server: {
      shape: PLAIN,
      ...each((element) => (idOf(element) % 10 === 0 ? { ...element, debug: true } : element)),
    },
    yaml: `
    source: { url: "\${URL}", primary_key: record_id, contiguous: true }
    record:
      event_time: { field: inDate }
      other_columns: quarantine
      columns:
        record_id: integer
        inDate: text${COLUMNS}`,
    reader: {
      ...{ path: [], id: 'record_id', payload: null, writing: 'object' },
      ...{ time: { field: 'inDate', format: ISO }, codes: CODES },
    },
    refused: { 'undeclared-field': 14 },
  },
  'tokens of JSON under other names, and Parquet beside the rows': {
    server: { shape: { payload: 'fernet-json', idField: 'id', payloadField: 'payload', arrayPath: 'items' } },
    yaml: `
    source: { url: "\${URL}", data_selector: items, primary_key: id, contiguous: true }
    record:
      payload: payload
      encryption: fernet
      keys: "\${KEY}"
      format: json
      primary_key: record_id
      event_time: { field: inDate }
      columns:
        record_id: integer
        inDate: { type: text, compact: time }${COLUMNS}
    formats: [ndjson, parquet]`,
    reader: {
      ...{ path: ['items'], id: 'id', payload: 'payload', writing: 'json' },
      ...{ time: { field: 'inDate', format: ISO }, codes: { ...CODES, inDate: 'time' } },
    },
  },
  'answers of any length, in any order, with null for none, and ids with holes': {
    server: {
      shape: PLAIN,
      shuffle: true,
      jumps: Array.from({ length: 20 }, (_, i) => ({ at: i * 7, by: 1_000 * i + 1 })),
      mutate: (elements, { request }) => ({ rows: request === 1 ? null : elements.slice(request * 15) }),
    },
    yaml: `
    source: { url: "\${URL}", data_selector: rows, primary_key: record_id }
    record:
      event_time: { field: inDate }
      columns:
        record_id: integer
        inDate: text${COLUMNS}`,
    reader: {
      ...{ path: ['rows'], id: 'record_id', payload: null, writing: 'object' },
      ...{ time: { field: 'inDate', format: ISO }, codes: CODES },
    },
  },
  'the preset': {
    server: {},
    yaml: `
    preset: log-api
    source: { url: "\${URL}" }
    record: { keys: "\${KEY}" }`,
    reader: {
      ...{ path: [], id: 'recordId', payload: 'data', writing: 'python' },
      time: { field: 'inDate', format: ISO },
      codes: { user_id: 'hex', method: 'http_method', inDate: 'time', url: ['/api/products/product/'] },
    },
  },
};
