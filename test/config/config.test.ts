import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../../src/config/config.js';
import { fernlake } from '../commands/fernlake.js';

const KEY = Buffer.alloc(32, 5).toString('base64url');
const OTHER = `${Buffer.alloc(32, 6).toString('base64url')}=`;
const GOOD = {
  FERNLAKE_SOURCE_URL: 'https://api.example.com/log',
  FERNET_KEYS: KEY,
  FERNLAKE_LAKE: 's3://bucket/lake/',
};

const faultsOf = (env: Record<string, string>, needs = { source: true }): string => {
  try {
    readConfig(needs, env);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'Configuration');
    return (error as Error).message;
  }
  return '';
};

describe('the configuration', () => {
  it('takes the documented defaults', () => {
    const config = readConfig({ source: true }, GOOD);
    const { sourceUrl, lake, dataset, slotMs, pollMinMs, pollMaxMs, pollMode, taskQueue } = config;
    assert.deepEqual(
      { sourceUrl, lake, dataset, slotMs, pollMinMs, pollMaxMs, pollMode, taskQueue },
      {
        sourceUrl: 'https://api.example.com/log',
        lake: 's3://bucket/lake',
        dataset: 'logs',
        slotMs: 300_000,
        pollMinMs: 1_000,
        pollMaxMs: 300_000,
        pollMode: 'paced',
        taskQueue: 'fernlake',
      },
    );
    const { latenessMs, idleMs, declaration, s3PathStyle, hasTemporal, temporalCli } = config;
    assert.deepEqual(
      [
        declaration.source.contiguous,
        latenessMs,
        idleMs,
        declaration.record.columns['url']?.compact,
        s3PathStyle,
        hasTemporal,
        temporalCli,
      ],
      [true, 300_000, 300_000, { dictionary: ['/api/products/product/'] }, false, false, undefined],
    );
  });

  it('takes every setting', () => {
    const config = readConfig(
      { source: true },
      {
        ...GOOD,
        FERNET_KEYS: ` ${KEY} , ${OTHER},`,
        FERNLAKE_LAKE: 'file:///var/lake',
        FERNLAKE_DATASET: 'shop_logs2',
        FERNLAKE_SLOT: '1m',
        FERNLAKE_POLL_MIN: '250ms',
        FERNLAKE_POLL_MAX: '1.5s',
        FERNLAKE_POLL_MODE: 'fixed',
        FERNLAKE_CONTIGUOUS_IDS: 'false',
        FERNLAKE_LATENESS: '0s',
        FERNLAKE_IDLE: '2h',
        FERNLAKE_URLS: '/a/, /b/',
        FERNLAKE_FIELDS: 'sessionId:text, score:number',
        FERNLAKE_TASK_QUEUE: 'other',
        AWS_ENDPOINT_URL_S3: 'http://localhost:9000',
        TEMPORAL_ADDRESS: 'temporal:7233',
        TEMPORAL_NAMESPACE: 'shop',
        FERNLAKE_TEMPORAL_CLI: '/opt/temporal',
        PATH: `/a${path.delimiter}${path.delimiter}/b`,
        XDG_CACHE_HOME: '/cache',
      },
    );
    assert.deepEqual(config.keys, { kind: 'given', keys: [KEY, OTHER] });
    const added = Object.entries(config.declaration.record.columns).filter(([, { optional }]) => optional);
    assert.deepEqual(
      added.map(([name, { type }]) => ({ name, type })),
      [
        { name: 'sessionId', type: 'text' },
        { name: 'score', type: 'number' },
      ],
    );
    const { lake, dataset, slotMs, pollMinMs, pollMaxMs, pollMode, declaration } = config;
    assert.deepEqual(
      [lake, dataset, slotMs, pollMinMs, pollMaxMs, pollMode, declaration.source.contiguous],
      ['file:///var/lake', 'shop_logs2', 60_000, 250, 1_500, 'fixed', false],
    );
    const { latenessMs, idleMs, taskQueue, s3PathStyle, hasTemporal } = config;
    assert.deepEqual(
      [latenessMs, idleMs, declaration.record.columns['url']?.compact, taskQueue, s3PathStyle, hasTemporal],
      [0, 7_200_000, { dictionary: ['/api/products/product/', '/a/', '/b/'] }, 'other', true, true],
    );
    const { temporal, temporalCli, searchPath, cacheDir } = config;
    assert.deepEqual(
      [temporal.connectionOptions.address, temporal.namespace, temporalCli, searchPath, cacheDir],
      ['temporal:7233', 'shop', '/opt/temporal', ['/a', '/b'], path.join('/cache', 'fernlake')],
    );
  });

  it('has workers without a version unless a deployment is named', () => {
    const read = (env: Record<string, string>) => readConfig({ source: true }, { ...GOOD, ...env });
    assert.deepEqual([read({}).deployment, read({}).shutdownGraceMs], [undefined, 60_000]);
    assert.deepEqual(read({ TEMPORAL_DEPLOYMENT_NAME: 'fernlake' }).deployment, {
      name: 'fernlake',
      buildId: undefined,
      behavior: 'AUTO_UPGRADE',
    });
    const given = read({
      TEMPORAL_DEPLOYMENT_NAME: 'lake_1',
      TEMPORAL_WORKER_BUILD_ID: '0.2.0+abc',
      FERNLAKE_VERSIONING: 'pinned',
      FERNLAKE_SHUTDOWN_GRACE: '25s',
    });
    assert.deepEqual(given.deployment, { name: 'lake_1', buildId: '0.2.0+abc', behavior: 'PINNED' });
    assert.equal(given.shutdownGraceMs, 25_000);
  });

  it('says all that is missing at once', () => {
    const message = faultsOf({});
    assert.match(message, /^3 settings are wrong:/);
    for (const name of ['FERNLAKE_SOURCE_URL', 'FERNET_KEYS', 'FERNLAKE_LAKE'])
      assert.match(message, new RegExp(`\n  - ${name} is not set: `));
  });

  const wrong: readonly [name: string, value: string, message: RegExp][] = [
    ['FERNLAKE_SOURCE_URL', 'api.example.com', /is no http:\/\/ or https:\/\/ address/],
    ['FERNLAKE_SOURCE_URL', 'ftp://api.example.com', /is no http/],
    ['FERNLAKE_LAKE', './lake', /must be file:\/\/\/absolute\/directory or s3:\/\//],
    ['FERNLAKE_LAKE', 'file:///', /must be file/],
    ['FERNLAKE_LAKE', 's3://Bucket_Name', /must be file/],
    ['FERNLAKE_LAKE', 'gs://bucket', /must be file/],
    ['FERNLAKE_DATASET', 'Logs', /small letter/],
    ['FERNLAKE_DATASET', '../x', /small letter/],
    ['FERNLAKE_DATASET', 'raw', /must not be raw/],
    ['FERNLAKE_ZONE', 'EST', /FERNLAKE_ZONE is no zone: write UTC, an offset/],
    ['FERNLAKE_FIELDS', 'score', /must be name:type.*; score is not/],
    ['FERNLAKE_FIELDS', 'score:double', /score:double is not/],
    ['FERNLAKE_FIELDS', 'indate:text', /cannot add indate: it is in the schema already/],
    ['FERNLAKE_FIELDS', 'a:text,A:text', /names a twice/],
    ['FERNLAKE_GLUE_DATABASE', 'Lake-1', /small letters, digits and _/],
    ['FERNLAKE_SLOT', '5', /no duration.*500ms, 30s, 5m or 1h/],
    ['FERNLAKE_SLOT', '500ms', /1s or more/],
    ['FERNLAKE_SLOT', '0s', /more than nothing/],
    ['FERNLAKE_POLL_MIN', '-1s', /no duration/],
    ['FERNLAKE_POLL_MIN', '10m', /must not be more than FERNLAKE_POLL_MAX/],
    ['FERNLAKE_POLL_MAX', 'often', /no duration/],
    ['FERNLAKE_POLL_MODE', 'Paced', /must be paced or fixed/],
    ['FERNLAKE_CONTIGUOUS_IDS', 'yes', /neither true nor false/],
    ['FERNLAKE_LATENESS', 'five minutes', /no duration/],
    ['FERNLAKE_IDLE', '0m', /more than nothing/],
    ['TEMPORAL_DEPLOYMENT_NAME', 'fern.lake', /letters, digits, _ and - only/],
    ['TEMPORAL_WORKER_BUILD_ID', '1.0', /has no effect without TEMPORAL_DEPLOYMENT_NAME/],
    ['FERNLAKE_VERSIONING', 'pinned', /has no effect without TEMPORAL_DEPLOYMENT_NAME/],
    ['FERNLAKE_VERSIONING', 'always', /must be auto-upgrade or pinned/],
    ['FERNLAKE_SHUTDOWN_GRACE', '0s', /more than nothing/],
    ['FERNET_KEYS', 'short', /Fernet key 1 of 1 is malformed \(it has 5 characters\)/],
    ['FERNET_KEYS', `${KEY},${KEY}+`, /Fernet key 2 of 2 is malformed/],
    ['FERNET_KEYS_FILE', '/nowhere/keys', /both set: keep one/],
  ];
  for (const [name, value, message] of wrong) {
    it(`names ${name}=${value.replace(KEY, '…')} and says what it should be`, () => {
      const text = faultsOf({ ...GOOD, [name]: value });
      assert.match(text, new RegExp(`^${name}|FERNET_KEYS and FERNET_KEYS_FILE`, 'm'));
      assert.match(text, message);
      assert(!text.includes(KEY));
    });
  }

  it('knows no catalogue for a lake in a folder', () => {
    const folder = { ...GOOD, FERNLAKE_LAKE: 'file:///var/lake', FERNLAKE_GLUE_DATABASE: 'fernlake' };
    assert.match(faultsOf(folder), /FERNLAKE_GLUE_DATABASE needs a lake in S3/);
    assert.equal(readConfig({ source: true }, { ...folder, ...GOOD }).glueDatabase, 'fernlake');
  });

  it('names every fault at once', () => {
    const text = faultsOf({
      FERNLAKE_SOURCE_URL: 'x',
      FERNET_KEYS: 'y',
      FERNLAKE_LAKE: 'z',
      FERNLAKE_SLOT: '5',
    });
    assert.match(text, /^4 settings are wrong:/);
    assert.equal(text.split('\n  - ').length, 5);
  });

  it('takes an empty setting for none', () => {
    const config = readConfig({ source: true }, { ...GOOD, FERNLAKE_SLOT: ' ', FERNET_KEYS_FILE: '' });
    assert.equal(config.slotMs, 300_000);
  });

  it('never shows a key, a password in an address, or the text of a wrong key', () => {
    const secret = 'super-secret-super-secret-super-secret-su+/';
    const text = faultsOf({ ...GOOD, FERNET_KEYS: secret, FERNLAKE_SOURCE_URL: 'htp://me:hunter2@host/' });
    assert.match(text, /^2 settings are wrong/);
    assert.doesNotMatch(text, /super-secret|hunter2/);
  });

  it('means the sample API, its key, its pace and ./lake where no source is set', () => {
    const needs = { source: true, sample: true, up: true };
    const config = readConfig(needs, {});
    assert.deepEqual([config.sourceUrl, config.keys, config.slotMs], [undefined, { kind: 'none' }, 15_000]);
    assert.match(config.lake, /^file:\/\/\/.*\/lake$/);
    assert.equal(readConfig(needs, { FERNLAKE_SLOT: '20s' }).slotMs, 20_000);
    assert.equal(readConfig(needs, GOOD).slotMs, 300_000);
  });

  it('means ./lake where `up` is asked for a source and no lake, and nothing else does', () => {
    const lakeless = { ...GOOD, FERNLAKE_LAKE: '' };
    assert.match(
      readConfig({ source: true, sample: true, up: true }, lakeless).lake,
      /^file:\/\/\/.*\/lake$/,
    );
    assert.throws(() => readConfig({ source: true }, lakeless), /FERNLAKE_LAKE is not set/);
  });
});

describe('a .env file', function () {
  this.timeout(60_000);
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-env-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const verify = (env: Record<string, string> = {}) => fernlake(['verify', '--json'], { cwd: dir, env });
  const lakeIn = (stdout: string): string => (JSON.parse(stdout) as { lake: string }).lake;

  it('is read in the working directory, and never overrides what is set', async () => {
    for (const lake of ['a', 'b']) {
      mkdirSync(path.join(dir, lake));
      const text = '{"id":"00000000-0000-4000-8000-000000000000","form":1}';
      writeFileSync(path.join(dir, lake, 'lake.json'), text);
    }
    writeFileSync(path.join(dir, '.env'), `FERNLAKE_LAKE=file://${dir}/a\nFERNET_KEYS="${KEY}"\n`);
    const [fromFile, fromOutside] = await Promise.all([
      verify(),
      verify({ FERNLAKE_LAKE: `file://${dir}/b` }),
    ]);
    assert.match(lakeIn(fromFile.stdout), /\/a$/);
    assert.match(lakeIn(fromOutside.stdout), /\/b$/);
  });

  it('has its faults named like any other', async () => {
    writeFileSync(path.join(dir, '.env'), 'FERNLAKE_DATASET=Logs\nFERNLAKE_SLOT=5\n');
    const { code, stderr } = await verify();
    assert.equal(code, 2);
    assert.match(stderr, /2 settings are wrong:\n {2}- FERNLAKE_SLOT.*\n {2}- FERNLAKE_DATASET/);
  });

  it('that cannot be read is named', async () => {
    mkdirSync(path.join(dir, '.env'));
    const { code, stderr } = await verify();
    assert.equal(code, 2);
    assert.match(stderr, /^fernlake: the settings in .*\.env cannot be read \(.*\)/);
  });
});
