import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { renameSync } from 'node:fs';
import { promisify } from 'node:util';
import { quarantinedTotal } from '../../../src/lake/ledger.js';
import { DEMO_KEY } from '../../../examples/source-server/index.js';
import { fernlake } from '../../commands/fernlake.js';
import { repoFile } from '../../deploy/files.js';
import { anyRunning } from '../../support/history.js';
import { ledgers } from '../../support/lake.js';
import { steppedSource, type SteppedSource } from '../../support/stepped-source.js';
import { until } from '../../support/until.js';
import { sumOf, type WatchedWorker, watchedWorker } from './watched-worker.js';

interface Health {
  status: string;
  worker: string;
  checks: Record<string, { ok: boolean; why?: string }>;
}

/** Starts a Temporal dev server, a sample API on loopback, and the real worker as a process. */
describe("the worker's HTTP port", function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: WatchedWorker;

  before(async () => {
    // 150 records a step and a window of 100 lose ids; every tenth token is damaged.
    source = await steppedSource(
      { steps: 12, recordsPerStep: 150, minutesPerStep: 10 },
      {
        mutate: (envelopes) =>
          envelopes.map((envelope) =>
            envelope.recordId % 10 === 3 ? { ...envelope, data: 'gAAAAAB' } : envelope,
          ),
      },
    );
    run = await watchedWorker(source.server.url);
    await run.schedule();
    await until(
      'three hours are sealed',
      async () => (await ledgers(run.lake.storage, run.config.dataset)).size >= 3,
      90_000,
    );
    await run.client.schedule.getHandle(`fernlake-${run.config.dataset}`).pause('enough');
    // Until every seal is counted, which happens right after its ledger stands. Repeats may wait in segments/ for longer.
    await until(
      'every seal is counted',
      async () => {
        if (await anyRunning(run.client, run.config.taskQueue)) return false;
        const all = await ledgers(run.lake.storage, run.config.dataset);
        const revisions = [...all.values()].reduce((sum, { revision }) => sum + revision, 0);
        return sumOf((await run.get('/metrics')).text, 'fernlake_seals_total') === revisions;
      },
      60_000,
    );
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('counts what the ledgers say, and nothing twice', async () => {
    const { text } = await run.get('/metrics');
    const all = [...(await ledgers(run.lake.storage, run.config.dataset)).values()];
    const sum = (of: (ledger: (typeof all)[number]) => number): number =>
      all.reduce((n, ledger) => n + of(ledger), 0);
    assert.equal(
      sumOf(text, 'fernlake_records_landed_total'),
      sum(({ landed }) => landed),
    );
    assert.equal(
      sumOf(text, 'fernlake_records_seen_total'),
      sum(({ seen }) => seen),
    );
    assert.equal(
      sumOf(text, 'fernlake_records_duplicate_total'),
      sum(({ duplicates }) => duplicates),
    );
    assert.equal(
      sum(({ seen, landed, duplicates }) => seen - landed - duplicates),
      sum(({ quarantined }) => quarantinedTotal(quarantined)),
    );
    assert.equal(
      sumOf(text, 'fernlake_bytes_total', 'form="gzip"'),
      sum(({ sizes }) => sizes.gzip),
    );
    assert((sumOf(text, 'fernlake_records_landed_total') ?? 0) > 500);
  });

  it('counts what was lost, missing and put into quarantine', async () => {
    const { text } = await run.get('/metrics');
    assert((sumOf(text, 'fernlake_ids_lost_total') ?? 0) >= 100);
    assert((sumOf(text, 'fernlake_ids_missing_total') ?? 0) >= 100);
    assert((sumOf(text, 'fernlake_recent_missing_ids') ?? 0) >= 100);
    assert((sumOf(text, 'fernlake_records_quarantined_total', 'reason="undecryptable"') ?? 0) >= 50);
  });

  it('serves the metrics of the SDK with its own', async () => {
    const { text } = await run.get('/metrics');
    assert((sumOf(text, 'temporal_activity_execution_latency_seconds_count') ?? 0) > 10, text.slice(-2_000));
    assert((sumOf(text, 'temporal_num_pollers') ?? 0) > 0);
    assert((sumOf(text, 'fernlake_activity_seconds_count', 'activity="fetch"') ?? 0) >= 2);
    assert((sumOf(text, 'nodejs_eventloop_lag_seconds') ?? -1) >= 0);
  });

  it('holds no token, no key and no record', async () => {
    const { text } = await run.get('/metrics');
    for (const secret of ['gAAAAA', 'user_id', DEMO_KEY]) assert(!text.includes(secret), secret);
  });

  it('says that all is well while it is', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const { status, text } = await run.get(path);
      const health = JSON.parse(text) as Health;
      assert.deepEqual([status, health.status, health.worker], [200, 'ok', 'RUNNING'], path);
      assert.deepEqual(health.checks, { temporal: { ok: true }, lake: { ok: true } });
    }
    const check = await promisify(execFile)(process.execPath, [repoFile('deploy/healthcheck.mjs')], {
      env: { FERNLAKE_HTTP_PORT: run.env['FERNLAKE_HTTP_PORT'] },
    });
    assert.match(check.stdout, /"status":"ok"/);
  });

  it('knows its three paths, and is only read', async () => {
    assert.equal((await run.get('/')).status, 404);
    const url = `http://127.0.0.1:${run.env['FERNLAKE_HTTP_PORT']}/metrics`;
    assert.equal((await fetch(url, { method: 'POST' })).status, 405);
    const head = await fetch(url, { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  it('names the setting when its port is taken', async () => {
    const { code, stderr } = await fernlake(['worker'], { env: run.env, cwd: run.lake.dir });
    assert.equal(code, 2, stderr);
    assert.match(
      stderr,
      /FERNLAKE_HTTP_PORT: cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\); another process has it/,
    );
  });

  it('is not ready while the lake is away, and names it; a restart would not help', async () => {
    renameSync(run.lake.dir, `${run.lake.dir}-away`);
    try {
      await until('the lake is missed', async () => (await run.get('/readyz')).status === 503);
      const { text } = await run.get('/readyz');
      const { status, checks } = JSON.parse(text) as Health;
      assert.equal(status, 'failed');
      assert.equal(checks['temporal']?.ok, true);
      assert.equal(checks['lake']?.ok, false);
      assert((checks['lake']?.why ?? '').length > 10);
      const healthz = await run.get('/healthz');
      assert.deepEqual([healthz.status, (JSON.parse(healthz.text) as Health).status], [200, 'degraded']);
      assert.equal(sumOf((await run.get('/metrics')).text, 'fernlake_lake_up'), 0);
    } finally {
      renameSync(`${run.lake.dir}-away`, run.lake.dir);
    }
    await until('the lake is back', async () => (await run.get('/readyz')).status === 200);
  });

  it('is not ready while Temporal is away, and still answers', async () => {
    await run.server.stop();
    await until('Temporal is missed', async () => (await run.get('/readyz')).status === 503);
    const { checks } = JSON.parse((await run.get('/readyz')).text) as Health;
    assert.equal(checks['temporal']?.ok, false);
    assert.equal(checks['lake']?.ok, true);
    assert.equal((await run.get('/healthz')).status, 200);
    assert.equal(sumOf((await run.get('/metrics')).text, 'fernlake_temporal_up'), 0);
  });
});
