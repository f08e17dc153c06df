import assert from 'node:assert/strict';
import path from 'node:path';
import { LOG_API } from '../../../src/dataset/presets.js';
import { PRESET, WHOLE } from './examples.js';
import { faultsOf, readWritten } from './written.js';

const KEY = Buffer.alloc(32, 5).toString('base64url');
const OTHER = Buffer.alloc(32, 6).toString('base64url');
const SECRET = 'geheim-geheim-geheim';

const column = { optional: false, compact: null, columns: null, description: '' };

describe('fernlake.yaml', () => {
  it('fills in all that the preset stands for', () => {
    const { settings } = readWritten({ text: PRESET, env: { FERNET_KEYS: `${KEY},${OTHER}` } });
    const [logs, ...others] = settings?.datasets ?? [];
    assert.deepEqual([settings?.lake, others.length], ['s3://my-bucket/lake', 0]);
    assert.deepEqual(logs, {
      dataset: 'logs',
      request: { url: 'https://api.example.com/log', proxy: undefined, caFiles: [] },
      keys: { kind: 'given', keys: [KEY, OTHER] },
      declaration: LOG_API,
      slotMs: 300_000,
      pollMinMs: 1_000,
      pollMaxMs: 300_000,
      latenessMs: 300_000,
      idleMs: 300_000,
      formats: ['ndjson'],
    });
  });

  it('lets what it says win over the preset: field by field, a column whole, in its place', () => {
    const text = PRESET.replace(
      'record: {',
      'record: { event_time: { zone: Europe/Berlin }, columns: { url: text, session: { type: text, optional: true } }, other_columns: quarantine,',
    ).replace('log }', 'log, contiguous: false }');
    const { declaration } = readWritten({ text, env: { FERNET_KEYS: KEY } }).settings!.datasets[0]!;
    assert.deepEqual(declaration.source, { ...LOG_API.source, contiguous: false });
    assert.deepEqual(declaration.record.event_time, { ...LOG_API.record.event_time, zone: 'Europe/Berlin' });
    assert.deepEqual([declaration.record.other_columns, declaration.record.payload], ['quarantine', 'data']);
    const { url, session, ...rest } = declaration.record.columns;
    assert.deepEqual(url, { ...column, type: 'text' });
    assert.deepEqual(session, { ...column, type: 'text', optional: true });
    assert.deepEqual({ ...rest, url: null }, { ...LOG_API.record.columns, url: null });
    assert.deepEqual(Object.keys(declaration.record.columns), [
      ...Object.keys(LOG_API.record.columns),
      'session',
    ]);
  });

  it('takes every name of a dataset', () => {
    const { settings, folder } = readWritten({ text: WHOLE, env: { FERNET_KEYS: KEY, API_TOKEN: SECRET } });
    const logs = settings!.datasets[0]!;
    assert.deepEqual(logs.request, {
      url: 'https://api.example.com/api/data/log',
      method: 'GET',
      headers: { 'X-Tenant': '42', 'X-Retries': '3' },
      auth: { type: 'bearer', token: SECRET },
      params: { limit: 100 },
      cacheBuster: false,
      proxy: 'http://proxy.local:3128',
      caFiles: [path.join(folder, 'ca.pem')],
      certificate: { certFile: '/etc/ssl/ours.pem', keyFile: '/etc/ssl/ours.key' },
      timeoutMs: 10_000,
    });
    assert.deepEqual(logs.declaration, {
      source: { data_selector: 'data.items', primary_key: 'recordId', contiguous: true },
      record: {
        payload: 'data',
        encryption: 'fernet',
        format: 'json',
        primary_key: 'record_id',
        event_time: { field: 'inDate', format: 'iso8601', zone: 'Europe/Berlin' },
        columns: {
          user_id: { ...column, type: 'text', compact: 'hex' },
          record_id: { ...column, type: 'integer' },
          url: { ...column, type: 'text', compact: { dictionary: ['/api/products/product/'] } },
          inDate: { ...column, type: 'text', compact: 'time' },
          detail: {
            ...column,
            type: 'object',
            columns: {
              message: { ...column, type: 'text' },
              level: { ...column, type: 'text', optional: true },
            },
          },
          score: { ...column, type: 'number', optional: true, description: 'how good' },
          more: { ...column, type: 'json' },
        },
        other_columns: 'quarantine',
      },
    });
    const { slotMs, pollMinMs, pollMaxMs, latenessMs, idleMs, formats } = logs;
    assert.deepEqual(
      [slotMs, pollMinMs, pollMaxMs, latenessMs, idleMs, formats],
      [60_000, 250, 30_000, 0, 7_200_000, ['ndjson', 'parquet']],
    );
  });

  const auths: readonly [yaml: string, auth: object][] = [
    [
      '{ type: api_key, name: X-Key, value: "${S}" }',
      { type: 'api_key', name: 'X-Key', value: SECRET, location: 'header' },
    ],
    [
      '{ type: http_basic, username: me, password: "${S}" }',
      { type: 'http_basic', username: 'me', password: SECRET },
    ],
    [
      '{ type: oauth2_client_credentials, access_token_url: https://id.example.com/token, client_id: me, client_secret: "${S}", access_token_request_data: { scope: read } }',
      {
        type: 'oauth2_client_credentials',
        accessTokenUrl: 'https://id.example.com/token',
        clientId: 'me',
        clientSecret: SECRET,
        accessTokenRequestData: { scope: 'read' },
        tokenEndpointAuthMethod: undefined,
        proxy: undefined,
      },
    ],
  ];
  for (const [yaml, auth] of auths) {
    it(`knows the way in: ${yaml.split(',')[0]} }`, () => {
      const text = PRESET.replace('log }', `log, auth: ${yaml} }`);
      const { settings, faults } = readWritten({ text, env: { FERNET_KEYS: KEY, S: SECRET } });
      assert.deepEqual(faults, []);
      assert.deepEqual(settings?.datasets[0]?.request.auth, auth);
    });
  }

  it('describes several datasets, each by itself', () => {
    const text = `${PRESET}  shop:
    source: { url: https://b.example.com/, primary_key: id, method: POST, body: { query: orders, first: 100 } }
    record: { event_time: { field: at, format: epoch_ms }, columns: { id: text, at: integer } }
`;
    const { settings } = readWritten({ text, env: { FERNET_KEYS: KEY } });
    assert.deepEqual(
      settings?.datasets.map(({ dataset }) => dataset),
      ['logs', 'shop'],
    );
    const shop = settings?.datasets[1];
    assert.deepEqual(shop?.request.body, { query: 'orders', first: 100 });
    assert.deepEqual([shop?.keys, shop?.declaration.source.contiguous], [{ kind: 'none' }, false]);
  });

  it('shares what is written once, by an anchor', () => {
    const text = `lake: file:///srv/lake
datasets:
  a: &a
    source: { url: https://a.example.com/, primary_key: id }
    record: { event_time: { field: at }, columns: { id: integer, at: text } }
  b: *a
`;
    const { settings } = readWritten({ text });
    assert.deepEqual(settings?.datasets[1], { ...settings?.datasets[0], dataset: 'b' });
    assert.deepEqual(faultsOf('lake: file:///srv/lake\ndatasets: &x { a: *x }\n'), [
      'fernlake.yaml:2:19: datasets.a holds itself, or far too much',
    ]);
    assert.deepEqual(
      faultsOf(`lake: *nope\n${PRESET.slice(PRESET.indexOf('datasets'))}`, { FERNET_KEYS: KEY }),
      ['fernlake.yaml:1:7: lake stands for an anchor that is not in front of it'],
    );
  });
});

describe('${…} in fernlake.yaml', () => {
  const lake = (value: string, env: Record<string, string> = {}, files: Record<string, string> = {}) =>
    readWritten({
      text: PRESET.replace('s3://my-bucket/lake/', () => value),
      env: { FERNET_KEYS: KEY, ...env },
      files,
    });

  it('stands for a variable, or for what is in a file without the line break at its end', () => {
    assert.equal(
      lake('"s3://${BUCKET}/${PREFIX}"', { BUCKET: 'abc', PREFIX: 'x' }).settings?.lake,
      's3://abc/x',
    );
    assert.equal(
      lake('s3://${file:bucket}/a', {}, { bucket: 'from-file\n' }).settings?.lake,
      's3://from-file/a',
    );
  });

  it('is not looked for in what it stands for, and $${ is itself', () => {
    const { settings } = lake('"s3://abc/$${X}/${Y}"', { Y: '${Z}' });
    assert.equal(settings?.lake, 's3://abc/${X}/${Z}');
  });

  it('is told by the name of what it lacks', () => {
    const at = 'fernlake.yaml:1:7: lake ';
    const rows: readonly [value: string, fault: string][] = [
      ['s3://${NOPE}', 'needs the variable NOPE, which is not set in the environment or in .env'],
      ['s3://${file:nope}', 'needs the file nope, which cannot be read (ENOENT)'],
      ['"s3://${my bucket}"', 'has ${…} that names neither a variable (${NAME}) nor a file (${file:/path})'],
      ['"s3://${NOPE"', 'has ${ without }; $${ stands for ${ itself'],
    ];
    for (const [value, fault] of rows) assert.deepEqual(lake(value).faults, [at + fault]);
  });

  it('stands for values only', () => {
    const { faults } = readWritten({ text: `${PRESET}"\${X}": 1\n`, env: { FERNET_KEYS: KEY, X: 'lake' } });
    assert.deepEqual(faults, ['fernlake.yaml:7:1: "${X}" is a name: ${…} stands for values only']);
  });

  it('shows in no message what it stands for, nor does anything else that was written', () => {
    const env = { S: SECRET, FERNET_KEYS: SECRET };
    const text = `lake: "\${S}"
datasets:
  logs:
    preset: "\${S}"
    source: { url: "\${S}", method: "\${S}", auth: { type: "\${S}" }, timeout: "\${S}", data_selector: "\${S} \${S}", proxy: "socks5://x:\${S}@y" }
    record: { keys: "\${FERNET_KEYS}", event_time: { field: "\${S}", format: "\${S}", zone: "\${S}" }, columns: { a: "\${S}", b: { type: text, compact: "\${S}" } } }
    poll: { slot: "\${S}" }
    formats: ["\${S}"]
`;
    const { faults } = readWritten({ text, env });
    assert(faults.length >= 12, faults.join('\n'));
    assert.doesNotMatch(faults.join('\n'), /geheim/);
    const typed = readWritten({ text: text.replaceAll(/\$\{\w+\}/g, SECRET) }).faults;
    assert.doesNotMatch(typed.join('\n'), /geheim/);
  });

  it('may lack what is secret where nobody asks the source', () => {
    const text = PRESET.replace('log }', 'log, auth: { type: bearer, token: "${API_TOKEN}" } }');
    const { settings, faults } = readWritten({ text, needsSource: false });
    assert.deepEqual([faults, settings?.datasets[0]?.keys], [[], { kind: 'none' }]);
    assert.deepEqual(readWritten({ text }).faults, [
      'fernlake.yaml:5:78: datasets.logs.source.auth.token needs the variable API_TOKEN, which is not set in the environment or in .env',
      'fernlake.yaml:6:21: datasets.logs.record.keys needs the variable FERNET_KEYS, which is not set in the environment or in .env',
    ]);
  });
});

describe('keys in fernlake.yaml', () => {
  const keys = (written: string, files: Record<string, string> = {}) =>
    readWritten({ text: PRESET.replace('keys: "${FERNET_KEYS}"', written), files });

  it('are in a file beside it, or named there', () => {
    const { settings, folder } = keys('keys_file: keys', { keys: `${KEY}\n${OTHER}\n` });
    assert.deepEqual(settings?.datasets[0]?.keys, { kind: 'file', path: path.join(folder, 'keys') });
  });

  it('are needed, once, and right', () => {
    const at = 'fernlake.yaml:6:';
    assert.deepEqual(keys('').faults, [
      'fernlake.yaml:6:5: datasets.logs.record.keys is missing: the Fernet keys, such as "${FERNET_KEYS}", or keys_file',
    ]);
    assert.deepEqual(keys(`keys: ${KEY}, keys_file: x`).faults, [
      `${at}77: datasets.logs.record.keys_file stands beside keys: keep one, better the file`,
    ]);
    assert.match(
      keys('keys: abc').faults.join(),
      /^fernlake.yaml:6:21: datasets.logs.record.keys is no list of keys: Fernet key 1 of 1 is malformed/,
    );
    assert.match(
      keys('keys_file: nope').faults.join(),
      /6:26: datasets.logs.record.keys_file is no list of keys: the key file nope cannot be read \(ENOENT\)/,
    );
    assert.deepEqual(keys(`keys: ${KEY}, encryption: none`).faults, [
      `${at}21: datasets.logs.record.keys has no effect without encryption: fernet`,
    ]);
  });
});

describe('the files in which secrets stand', () => {
  const secretFiles = (text: string, env: Record<string, string> = {}) => {
    const { settings, folder } = readWritten({ text, env, files: { key: KEY } });
    return settings?.secretFiles.map((file) => path.relative(folder, file));
  };

  it('are those that the file takes values from, and the file itself where one stands in it', () => {
    assert.deepEqual(secretFiles(PRESET, { FERNET_KEYS: KEY }), []);
    assert.deepEqual(secretFiles(PRESET.replace('${FERNET_KEYS}', '${file:key}')), ['key']);
    assert.deepEqual(secretFiles(PRESET.replace('${FERNET_KEYS}', KEY)), ['fernlake.yaml']);
    const token = PRESET.replace('log }', 'log, auth: { type: bearer, token: abc } }');
    assert.deepEqual(secretFiles(token, { FERNET_KEYS: KEY }), ['fernlake.yaml']);
  });
});

describe('a variable beside fernlake.yaml', () => {
  it('that says the same is told with both places', () => {
    const env = {
      FERNET_KEYS: KEY,
      FERNLAKE_LAKE: 's3://other',
      FERNLAKE_LATENESS: '1m',
      FERNLAKE_SOURCE_URL: 'https://x/',
      FERNET_KEYS_FILE: '/k',
      FERNLAKE_TASK_QUEUE: 'q',
      FERNLAKE_ZONE: ' ',
    };
    assert.deepEqual(faultsOf(PRESET, env), [
      'fernlake.yaml:1:1: lake is said by the variable FERNLAKE_LAKE, too: unset it, or write ${FERNLAKE_LAKE} here',
      'fernlake.yaml:3:3: datasets.logs.seal.lateness is where what the variable FERNLAKE_LATENESS says belongs: write it here, and unset it',
      'fernlake.yaml:5:15: datasets.logs.source.url is said by the variable FERNLAKE_SOURCE_URL, too: unset it, or write ${FERNLAKE_SOURCE_URL} here',
      'fernlake.yaml:6:5: datasets.logs.record.keys_file is where what the variable FERNET_KEYS_FILE says belongs: write it here, and unset it',
    ]);
  });

  it('that the file refers to says it there', () => {
    const text = PRESET.replace('s3://my-bucket/lake/', '"${FERNLAKE_LAKE}"');
    const { settings } = readWritten({ text, env: { FERNET_KEYS: KEY, FERNLAKE_LAKE: 's3://other' } });
    assert.equal(settings?.lake, 's3://other');
  });
});
