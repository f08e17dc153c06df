import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSourceServer, DEMO_KEY, type SourceServer } from '../../examples/source-server/index.js';
import { createStage, LIES } from '../../examples/source-server/lies.js';
import type { Check, State } from '../../src/inspect/doctor/check.js';
import { decodeRow } from '../../src/dataset/decode.js';
import { ensureSearchAttributes } from '../../src/process/search-attributes.js';
import { keysUnder } from '../support/lake.js';
import { LOG_FORM } from '../support/forms.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { runCommand } from '../support/how-to.js';
import { until } from '../support/until.js';
import { fernlake } from './fernlake.js';

/** Another key than the sample API's; no secret, 32 zero bytes. */
const OTHER_KEY = Buffer.alloc(32).toString('base64url');

/** Starts a dev server (shared), a sample API on loopback, a worker in this process, and processes of `fernlake doctor`. */
describe('fernlake doctor', function () {
  this.timeout(120_000);
  let work: string;
  let source: SourceServer;
  let run: Pipeline;

  before(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), 'fernlake-doctor-'));
    source = await createSourceServer({ rate: 2, history: 100, startMs: Date.now(), anchorMs: Date.now() });
    run = await pipeline(source.url);
  });
  after(async () => {
    await run?.close();
    await source?.close();
    rmSync(work, { recursive: true, force: true });
  });

  interface Look {
    readonly code: number | null;
    readonly checks: readonly Check[];
    readonly of: (name: string) => Check;
  }

  async function look(env: Readonly<Record<string, string>> = {}, cwd = work): Promise<Look> {
    const { code, stdout, stderr } = await fernlake(['doctor', '--json'], {
      cwd,
      env: { ...run.env, ...env },
    });
    assert.match(stdout, /^\{/, stderr);
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    const of = (name: string): Check => {
      const found = checks.find((check) => check.name === name);
      assert(found, `no line ${name}: ${stdout}`);
      return found;
    };
    return { code, checks, of };
  }

  function assertLine(check: Check, state: State, text: RegExp): void {
    assert.equal(check.state, state, `${check.name}: ${check.says}`);
    assert.match(`${check.says} → ${check.mend ?? ''}`, text);
  }

  it('misses schedule, workers and search attributes before they are there, and says how to get them', async () => {
    const { code, of } = await look();
    assert.equal(code, 1);
    assertLine(of('schedule'), 'failed', /nothing is fetched → npx fernlake schedule apply/);
    assertLine(of('workers'), 'failed', /none asks for workflow tasks .* → start one: npx fernlake worker/);
    const search = of('Temporal: search');
    // Other tests on the shared server may have registered them.
    if (search.state !== 'ok')
      assertLine(search, 'warning', /FernlakeMissing.* → npx fernlake schedule apply/);
  });

  it('finds everything well where it is, one line each, and stores nothing', async () => {
    await ensureSearchAttributes(run.client.connection, 'default');
    await run.startWorker();
    await run.schedule();
    const { code, stdout } = await fernlake(['doctor'], { cwd: work, env: run.env });
    assert.equal(code, 0, stdout);
    const [checks = '', sample = ''] = stdout.trimEnd().split('\n\n');
    const lines = checks.split('\n');
    assert.equal(lines.length, 19);
    assert(
      lines.every((line) => line.startsWith('✔ ')),
      stdout,
    );
    assert.match(
      sample,
      /^What becomes of a record \(types and lengths; --show-values shows the values\):\n {2}envelope \{"recordId":"‹integer, 7 digits›",.*"data":"‹Fernet token, \d+ characters›"\}\n {2}record {3}\{"user_id":"‹64 hex digits›",.*\n {2}row {6}\{"user_id":"‹43 characters›",.*\n {2}hour {5}\d{4}-\d\d-\d\dT\d\d$/,
    );
    const kept = (await keysUnder(run.lake.storage, 'staging/')).filter((key) => key.includes('doctor'));
    assert.deepEqual(kept, []);
    assert(!stdout.includes(DEMO_KEY));
  });

  it('shows what becomes of a record: its values on demand alone, in words and as JSON', async () => {
    const doctor = async (...args: string[]): Promise<string> =>
      (await fernlake(['doctor', ...args], { cwd: work, env: run.env })).stdout;
    interface Said {
      readonly sample: Record<'envelope' | 'record' | 'row', Record<string, unknown>> & {
        readonly hour: string;
      };
    }
    const said = async (...args: string[]): Promise<Said['sample']> =>
      (JSON.parse(await doctor('--json', ...args)) as Said).sample;
    const shown = await said('--show-values');
    const { record } = source.generatedRecord(Number(shown.record['record_id']));
    assert.deepEqual(shown.record, record);
    assert.equal(decodeRow(JSON.stringify(shown.row), LOG_FORM), JSON.stringify(record));
    assert.equal(shown.envelope['recordId'], record.record_id);
    assert.equal(shown.hour, record.inDate.slice(0, 13));
    const texts = (await doctor('--show-values')).split('\n\n')[1] ?? '';
    assert.match(texts, /record {3}\{"user_id":"[0-9a-f]{64}"/);
    const masked = await said();
    // The source goes on: the newest record may be another one by now.
    const shapes = JSON.stringify(masked.record).replaceAll(/‹\d+ characters›/g, '‹characters›');
    assert.deepEqual(JSON.parse(shapes), {
      user_id: '‹64 hex digits›',
      record_id: '‹integer, 7 digits›',
      ...{ activity: '‹characters›', url: '‹characters›', method: '‹characters›', name: '‹characters›' },
      inDate: '‹time, 24 characters›',
      detail: { message: '‹characters›', levelname: '‹characters›' },
    });
    assert.equal(masked.row['inDate'], '‹15 digits›');
    for (const word of [record.user_id, record.activity, record.url, record.inDate])
      assert(!JSON.stringify(masked).includes(word), word);
  });

  it('knows a schedule that is paused or other than configured', async () => {
    assertLine((await look({ FERNLAKE_LATENESS: '1h' })).of('schedule'), 'warning', /other settings/);
    await run.client.schedule.getHandle(`fernlake-${run.dataset}`).pause('holiday');
    assertLine((await look()).of('schedule'), 'failed', /paused \(holiday\).*→ npx fernlake schedule resume/);
  });

  it('knows a key that opens nothing, and one that others may read', async () => {
    const file = path.join(work, 'keys');
    writeFileSync(file, OTHER_KEY);
    chmodSync(file, 0o644);
    const { code, of } = await look({ FERNET_KEYS: '', FERNET_KEYS_FILE: file });
    assert.equal(code, 1);
    assertLine(of('keys'), 'failed', /no token opens \(the key is [0-9a-f]{8}\).*FERNET_KEYS/);
    assertLine(of('key file'), 'warning', /keys has mode 644: others may read it → chmod 600 .*keys$/);
  });

  it('knows a source that refuses, and one that is gone', async () => {
    const wrongPath = new URL('/api/nowhere', source.url).href;
    assertLine(
      (await look({ FERNLAKE_SOURCE_URL: wrongPath })).of('source'),
      'failed',
      /404.*check the source URL/,
    );
    const gone = await look({ FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/' });
    assert.equal(gone.of('source').state, 'failed');
    assertLine(
      gone.of('source'),
      'failed',
      /connection refused \(ECONNREFUSED\) → look whether the source URL is/,
    );
    for (const name of ['envelopes', 'keys', 'records', 'events', 'pace', 'clock'])
      assert.equal(gone.of(name).state, 'skipped', name);
  });

  it('ends with 1 where nothing could land, and says what came in place of records', async () => {
    const lies = new Map(LIES.map((lie) => [lie.name, lie]));
    let told = '';
    const foreign = await createSourceServer({
      respond: ({ key, nowMs }) =>
        lies.get(told)?.answer(createStage({ key, nowMs, firstId: 1_000, eventMs: nowMs - 60_000 })),
    });
    try {
      const FERNLAKE_SOURCE_URL = foreign.url;
      told = 'foreign-names';
      const names = await look({ FERNLAKE_SOURCE_URL });
      assert.equal(names.code, 1);
      assertLine(
        names.of('envelopes'),
        'failed',
        /^10 elements with the keys id, payload; this dataset expects recordId/,
      );
      told = 'foreign-array-in-object';
      const wrapped = await look({ FERNLAKE_SOURCE_URL });
      assert.equal(wrapped.code, 1);
      assertLine(wrapped.of('source'), 'failed', /its array is in data\.items \(10 elements\)/);
    } finally {
      await foreign.close();
    }
  });

  it('warns of settings, state and lake that others may read, and does not where only their owner may', async () => {
    const folder = mkdtempSync(path.join(work, 'open-'));
    writeFileSync(path.join(folder, '.env'), 'FERNLAKE_DATASET=logs\n', { mode: 0o644 });
    mkdirSync(path.join(folder, '.fernlake'), { mode: 0o755 });
    mkdirSync(path.join(folder, 'lake'), { mode: 0o755 });
    const at = { FERNLAKE_LAKE: `file://${folder}/lake`, FERNLAKE_DATASET: 'logs' };
    const open = await look(at, folder);
    assertLine(open.of('.env'), 'warning', /mode 644: others may read it → chmod 600 \.env$/);
    assertLine(open.of('.fernlake'), 'warning', /mode 755: .* → chmod 700 \.fernlake$/);
    assertLine(open.of('lake: folder'), 'warning', /mode 755: .* → chmod 750 .*\/lake$/);
    chmodSync(path.join(folder, '.env'), 0o600);
    for (const name of ['.fernlake', 'lake']) chmodSync(path.join(folder, name), 0o700);
    const { of } = await look(at, folder);
    assertLine(of('files'), 'ok', /^only their owner may read or change \.env, \.fernlake, lake: folder/);
  });

  it('knows a pace at which records are lost, and the one at which they are not', async () => {
    const slow = await look({ FERNLAKE_POLL_MIN: '2m', FERNLAKE_POLL_MAX: '2m' });
    assertLine(slow.of('pace'), 'failed', /records are lost → set FERNLAKE_POLL_MIN to \d+ms or less/);
    const tight = await look({ FERNLAKE_POLL_MIN: '35s', FERNLAKE_POLL_MAX: '2m' });
    assertLine(tight.of('pace'), 'warning', /a burst would cost records/);
  });

  it('knows a lake that cannot be written to, and a Temporal that is not there', async () => {
    const file = path.join(work, 'file');
    writeFileSync(file, '');
    const { code, of } = await look({
      FERNLAKE_LAKE: `file://${file}/lake`,
      TEMPORAL_ADDRESS: '127.0.0.1:9',
    });
    assert.equal(code, 1);
    assert.equal(of('lake: write').state, 'failed');
    assert.equal(of('lake: conditions').state, 'skipped');
    assertLine(of('Temporal'), 'failed', /127\.0\.0\.1:9 \(TEMPORAL_ADDRESS\)/);
    assert.equal(of('schedule').state, 'skipped');
    assert.equal(of('source').state, 'ok');
  });

  it('knows a namespace that is not there', async () => {
    assertLine(
      (await look({ TEMPORAL_NAMESPACE: 'nobody' })).of('Temporal: namespace'),
      'failed',
      /TEMPORAL_NAMESPACE/,
    );
  });

  it('knows workers of a version that is not current, and says the command that makes it so', async () => {
    const other = await pipeline(source.url);
    try {
      const deployment = { name: other.dataset, buildId: '1.2.3', behavior: 'PINNED' } as const;
      await other.startWorker({ deployment });
      const workers = (): Promise<Check> => look(other.env).then(({ of }) => of('workers'));
      const waiting = await workers();
      assertLine(
        waiting,
        'failed',
        /go to workers without a version, of which none asks .* version 1\.2\.3 of \w+ → start one, or: npx fernlake temporal worker/,
      );
      const command = `${waiting.mend?.split(', or: ')[1]} --yes`;
      await until('the server takes it', () =>
        runCommand(command, { TEMPORAL_ADDRESS: other.env['TEMPORAL_ADDRESS'] ?? '' }).catch(() => false),
      );
      assertLine(await workers(), 'ok', /^1 on the task queue \w+, version 1\.2\.3 of \w+: /);
    } finally {
      await other.close();
    }
  });

  it('ends with 2 where the settings are wrong, and names each', async () => {
    const env = { FERNLAKE_SLOT: 'soon', FERNLAKE_LAKE: 'here' };
    const { code, stdout } = await fernlake(['doctor', '--json'], { cwd: work, env });
    assert.equal(code, 2);
    for (const name of ['FERNLAKE_SLOT', 'FERNLAKE_LAKE', 'FERNLAKE_SOURCE_URL', 'FERNET_KEYS'])
      assert(stdout.includes(name), name);
    assert.equal((await fernlake(['doctor'], { cwd: work, env })).code, 2);
    const { code: other, checks } = await look({ FERNLAKE_SOURCE_CA_FILE: '/no/such/ca.pem' });
    assert.equal(other, 2);
    assert.match(checks[0]?.says ?? '', /\/no\/such\/ca\.pem/);
  });
});
