import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import {
  createSourceServer,
  DEMO_KEY,
  type SourceServer,
  type SourceServerOptions,
} from '../../examples/source-server/index.js';
import { createHttpSource } from '../../src/activities/fetch/http.js';
import { readSettingsFile } from '../../src/config/file/read.js';
import { answerFormOf } from '../../src/dataset/envelope.js';
import { noKeys } from '../../src/dataset/fernet-keys.js';
import { checkSource } from '../../src/inspect/doctor/source.js';
import { keyRingOf } from '../../src/process/key-ring.js';
import { fernlakeHere, fernlakeProcess, type Outcome } from './fernlake.js';

/** No secret: made up. */
const TOKEN = 'tk-0123456789abcdefXYZ';
const OTHER_KEY = Buffer.alloc(32).toString('base64url');
const BEARER = { auth: { type: 'bearer', token: TOKEN } } as const;

/** Starts sample APIs and HTTP servers on loopback. */
describe('fernlake init', () => {
  let cwd: string;
  const open: { close: () => unknown }[] = [];
  beforeEach(() => (cwd = mkdtempSync(path.join(os.tmpdir(), 'fernlake-init-'))));
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
    rmSync(cwd, { recursive: true });
  });

  async function sample(options: SourceServerOptions = {}): Promise<SourceServer> {
    const now = Date.now();
    const server = await createSourceServer({
      rate: 1,
      history: 100,
      startMs: now - 60_000,
      anchorMs: now,
      ...options,
    });
    open.push(server);
    return server;
  }

  async function api(answer: RequestListener): Promise<string> {
    const server: Server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => server.close(resolve).closeAllConnections()) });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/orders`;
  }

  const init = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    fernlakeHere(['init', ...args], { cwd, env });
  const file = (): string => readFileSync(path.join(cwd, 'fernlake.yaml'), 'utf8');
  /** What `doctor` says of what the source answers, by the file that is there. */
  async function judged(env: Record<string, string> = {}): Promise<Record<string, string>> {
    const named = path.join(cwd, 'fernlake.yaml');
    const read = readSettingsFile({
      env,
      file: named,
      needsSource: true,
      needsNotify: true,
      proxyFor: () => undefined,
    });
    assert('datasets' in read, 'faults' in read ? read.faults.join() : '');
    const [dataset] = read.datasets;
    assert(dataset);
    const { declaration, request, keys } = dataset;
    const ring = declaration.record.encryption === 'none' ? () => Promise.resolve(noKeys()) : keyRingOf(keys);
    const source = createHttpSource(request, answerFormOf(declaration));
    const { checks } = await checkSource(source, ring, {
      ...dataset,
      ...{ pollMode: 'paced', file: named, lakeSetting: '' },
    });
    return Object.fromEntries(checks.map(({ name, state, says }) => [name, `${state}: ${says}`]));
  }

  it('writes a file for the diary by its preset, and doctor finds all of it to land', async () => {
    const { url } = await sample();
    const { code, stdout, stderr } = await init(['--url', url], { FERNET_KEYS: DEMO_KEY });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^fernlake\.yaml is written, by 100 elements of one answer: the dataset logs\n {2}of this answer, all 100 would land\n/,
    );
    assert.match(
      file(),
      /^# yaml-language-server: \$schema=node_modules\/fernlake\/fernlake\.schema\.json\n/,
    );
    assert.match(
      file(),
      /^ {2}logs:\n {4}preset: log-api # .*\n {4}source:\n {6}url: \S+\n {4}record:\n {6}keys: \$\{FERNET_KEYS\}\n$/m,
    );
    assert(!file().includes(DEMO_KEY));
    const { records, keys } = await judged({ FERNET_KEYS: DEMO_KEY });
    assert.equal(records, 'ok: all 100 would land');
    assert.match(keys ?? '', /^ok: /);
  });

  it('as a process: another API behind a token, and its dataset by the address', async () => {
    const { url } = await sample({
      ...BEARER,
      shape: { arrayPath: 'data.items', idField: 'id', payloadField: null, ids: 'uuid7', times: 'epoch_ms' },
      paging: true,
    });
    const args = [
      'init',
      '--url',
      url,
      '--bearer-env',
      'API_TOKEN',
      '--out',
      'mine.yaml',
      '--dataset',
      'shop',
    ];
    const env = { API_TOKEN: TOKEN };
    const { code, stdout, stderr } = await fernlakeProcess([...args, '--lake', 's3://my-bucket/lake'], {
      cwd,
      env,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /all 100 would land/);
    const text = readFileSync(path.join(cwd, 'mine.yaml'), 'utf8');
    for (const line of [
      'lake: s3://my-bucket/lake',
      '  shop:',
      '      auth: { type: bearer, token: "${API_TOKEN}" }',
      '      format: epoch_ms',
      '      # incremental: ',
    ])
      assert(text.includes(line), `${line}\nin\n${text}`);
    assert(!text.includes(TOKEN));
  });

  it('writes no secret: a header, a parameter, user and password of the address become variables that it names', async () => {
    const asked: string[] = [];
    const url = await api((request, response) => {
      asked.push(`${request.url} ${String(request.headers['x-api-key'])} ${request.headers.authorization}`);
      response.end(JSON.stringify([{ id: 1, at: new Date().toISOString() }]));
    });
    const secret = new URL(url);
    secret.search = '?limit=100&api_key=abc%2Fdef';
    [secret.username, secret.password] = ['ann', 'p%40ss'];
    const { code, stdout } = await init([
      '--url',
      secret.href,
      '--header',
      'X-Api-Key: zz9',
      '--header',
      'X-Tenant: 42',
    ]);
    assert.equal(code, 0, stdout);
    assert.match(asked[0] ?? '', /^\/v1\/orders\?limit=100&api_key=abc%2Fdef&_=\S+ zz9 Basic YW5uOnBAc3M=$/);
    for (const word of ['zz9', 'abc', 'def', 'ann', 'p@ss', 'p%40ss'])
      assert(!`${file()}${stdout}`.includes(word), word);
    for (const [line, name] of [
      ['auth: { type: http_basic, username: "${API_USER}", password: "${API_PASSWORD}" }', 'API_PASSWORD'],
      ['X-Api-Key: ${X_API_KEY}', 'X_API_KEY'],
      ['X-Tenant: "42"', ''],
      ['api_key: ${API_KEY}', 'API_KEY'],
      [`url: ${url}?limit=100`, ''],
    ] as const) {
      assert(file().includes(line), `${line}\nin\n${file()}`);
      if (name !== '') assert(stdout.includes(`set ${name} in .env`), stdout);
    }
    const env = { API_USER: 'ann', API_PASSWORD: 'p@ss', X_API_KEY: 'zz9', API_KEY: 'abc/def' };
    assert.equal((await judged(env))['records'], 'ok: all 1 would land');
    assert.equal(asked.at(-1)?.replace(/_=\S+/, ''), asked[0]?.replace(/_=\S+/, ''));
  });

  it('takes values from variables in headers and parameters, and asks by POST', async () => {
    let seen = '';
    const url = await api((request, response) => {
      request.on('data', (part: Buffer) => (seen += part.toString()));
      request.on('end', () => {
        seen += ` ${request.method} ${request.url} ${String(request.headers['x-key'])}`;
        response.end(JSON.stringify([{ id: 1, at: new Date().toISOString() }]));
      });
    });
    const args = ['--header', 'X-Key: ${MY_KEY}', '--param', 'since=${MY_DAY}', '--body', '{"last":5}'];
    const { code, stderr } = await init(['--url', url, ...args], { MY_KEY: 'k1', MY_DAY: 'today' });
    assert.equal(code, 0, stderr);
    assert.equal(seen, '{"last":5} POST /v1/orders?since=today k1');
    for (const line of ['X-Key: ${MY_KEY}', 'since: ${MY_DAY}', 'method: POST'])
      assert(file().includes(line), file());
    const lacking = await init(['--url', url, '--force', '--header', 'X-Key: ${NO_KEY}']);
    assert.equal(lacking.code, 2);
    assert.match(
      lacking.stderr,
      /^fernlake: source\.headers\.X-Key needs the variable NO_KEY, which is not set/,
    );
  });

  it('says of tokens that cannot be opened what to set, and writes what it knows', async () => {
    const { url } = await sample({ shape: { arrayPath: 'items', payload: 'fernet-json' } });
    const none = await init(['--url', url]);
    assert.equal(none.code, 1);
    assert.match(
      none.stdout,
      /FERNET_KEYS is not set: their columns cannot be guessed\n.*call init again with --force/,
    );
    assert.match(
      file(),
      /encryption: fernet\n {6}keys: \$\{FERNET_KEYS\}\n {6}# event_time: .* cannot be guessed/,
    );
    const other = await init(['--url', url, '--force', '--keys-env', 'MY_KEYS'], { MY_KEYS: OTHER_KEY });
    assert.equal(other.code, 1);
    assert.match(other.stdout, /no key in MY_KEYS opens its tokens/);
    const right = await init(['--url', url, '--force', '--keys-env', 'MY_KEYS'], { MY_KEYS: DEMO_KEY });
    assert.equal(right.code, 0, right.stderr);
    assert.equal((await judged({ MY_KEYS: DEMO_KEY }))['records'], 'ok: all 100 would land');
    const keys = path.join(cwd, 'keys');
    writeFileSync(keys, `${DEMO_KEY}\n`, { mode: 0o600 });
    const inFile = await init(['--url', url, '--force'], { FERNET_KEYS_FILE: keys });
    assert.equal(inFile.code, 0, inFile.stderr);
    assert.match(file(), /keys_file: \$\{FERNET_KEYS_FILE\}\n/);
    const { url: diary } = await sample();
    const preset = await init(['--url', diary, '--force']);
    assert.equal(preset.code, 1);
    assert.match(preset.stdout, /set FERNET_KEYS in \.env, and look with npx fernlake doctor/);
    assert.match(file(), /preset: log-api # recordId and data in all 100; no token could be opened/);
    assert.equal((await judged({ FERNET_KEYS: DEMO_KEY }))['records'], 'ok: all 100 would land');
  });

  it('never writes over a file without --force, and asks nobody then', async () => {
    const source = await sample();
    writeFileSync(path.join(cwd, 'fernlake.yaml'), 'mine');
    const { code, stderr } = await init(['--url', source.url], { FERNET_KEYS: DEMO_KEY });
    assert.deepEqual([code, file(), source.requests()], [2, 'mine', 0]);
    assert.match(stderr, /fernlake\.yaml is there already: --force writes over it/);
    assert.equal((await init(['--url', source.url, '--force'], { FERNET_KEYS: DEMO_KEY })).code, 0);
  });

  it('leaves out the parameter against caches where the API refuses it', async () => {
    const url = await api((request, response) => {
      const isKnown = !request.url?.includes('_=');
      response.statusCode = isKnown ? 200 : 400;
      response.end(
        isKnown ? JSON.stringify([{ id: 1, at: new Date().toISOString() }]) : '{"error":"unknown parameter"}',
      );
    });
    assert.equal((await init(['--url', url])).code, 0);
    assert.match(file(), /cache_buster: false\n/);
    assert.equal((await judged())['records'], 'ok: all 1 would land');
  });

  it('says what it saw and what to do where nothing can be guessed, and writes nothing', async () => {
    const at = new Date().toISOString();
    const cases: readonly (readonly [status: number, body: string, says: RegExp])[] = [
      [
        200,
        '<html><title>secret</title></html>',
        /an HTML page of \d+ bytes.*open the source URL in a browser/,
      ],
      [401, '{"error":"secret"}', /answered 401 .*say who asks by --bearer-env NAME/],
      [403, 'secret', /answered 403 .*--header/],
      [502, 'secret', /answered 502 .*; ask again later/],
      [200, '[]', /the answer is an empty array.*ask again when/],
      [204, '', /answered 204, with an empty body/],
      [200, '{"items": []}', /its array items is an empty array/],
      [
        200,
        `[{"name": "secret", "at": "${at}"}]`.replace('}]', `}, {"name": "secret", "at": "${at}"}]`),
        /no field that could be an id/,
      ],
      [200, '[{"id": 1, "state": "secret"}]', /reads as the time of the event.*strptime/],
      [200, '[{"id": 1, "state": "secr', /an array that is cut off/],
    ];
    let now: (typeof cases)[number] | undefined;
    const url = await api((_, response) => {
      response.statusCode = now?.[0] ?? 500;
      response.end(now?.[1]);
    });
    for (now of cases) {
      const { code, stdout, stderr } = await init(['--url', url]);
      assert.deepEqual([code, stdout], [1, ''], stderr);
      assert.match(stderr, now[2]);
      assert.match(stderr, /^fernlake: the source http:\/\/127\.0\.0\.1:\d+\/v1\/orders answered /);
      assert(!stderr.includes('secr'), stderr);
    }
    const gone = await init(['--url', 'http://127.0.0.1:9/']);
    assert.deepEqual([gone.code, gone.stdout], [1, '']);
    assert.match(gone.stderr, /cannot be reached: connection refused/);
    assert(!existsSync(path.join(cwd, 'fernlake.yaml')));
  });

  it('ends with 2 for what is wrong in the call, and names it', async () => {
    const wrong = async (
      args: readonly string[],
      says: RegExp,
      env: Record<string, string> = {},
    ): Promise<void> => {
      const { code, stderr } = await init(args, env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, says);
    };
    await wrong([], /required option '--url/);
    await wrong(['--url', 'nowhere'], /source\.url is no http:\/\/ or https:\/\/ address/);
    const url = ['--url', 'http://127.0.0.1:9/'];
    await wrong(
      [...url, '--bearer-env', 'API_TOKEN'],
      /source\.auth\.token needs the variable API_TOKEN, which is not set/,
    );
    await wrong([...url, '--bearer-env', 'not-a-name'], /the name of a variable/);
    await wrong([...url, '--header', 'X-Key'], /'Name: value'/);
    await wrong([...url, '--lake', 'here'], /lake must be file:\/\/\//);
    await wrong([...url, '--dataset', 'A b'], /must be a small letter/);
    await wrong(url, /is said by the variable FERNLAKE_SOURCE_URL, too/, {
      FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/',
    });
    await wrong(url, /FERNET_KEYS|keys/, { FERNET_KEYS: 'none' });
    assert(!existsSync(path.join(cwd, 'fernlake.yaml')));
  });
});
