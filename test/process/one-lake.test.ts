import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { LAKE_KEY } from '../../src/lake/identity.js';
import { claimLake, readLakeName } from '../../src/lake/stored-identity.js';
import { openFolder } from '../../src/storage/folder.js';
import { isRunning } from '../../src/config/running-process.js';
import { fernlake, type Outcome } from '../commands/fernlake.js';
import { assertTable } from '../support/assert-table.js';
import { executions } from '../support/history.js';
import { hashesUnder, keysUnder, type TempLake, tempLake } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** Starts a dev server (shared), a sample API on loopback, workers, and commands of their own. */
describe('one lake, one queue', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;
  let other: TempLake;
  let dir: string;
  /** Of the right lake. */
  let worker: WorkerProcess | undefined;
  before(async () => {
    source = await steppedSource({ steps: 4, recordsPerStep: 20, minutesPerStep: 40 });
    run = await pipeline(source.server.url);
    other = await tempLake();
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-one-lake-'));
    await run.schedule();
  });
  after(async () => {
    await worker?.stop();
    await run?.close();
    await source?.server.close();
    other?.remove();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  const command = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
    fernlake(args, { cwd: dir, env: { ...run.env, FERNLAKE_LAKE: other.uri, ...env } });
  const idOf = async ({ storage }: TempLake): Promise<string> => (await claimLake(storage)).id;

  it('is named once, by whoever comes first', async () => {
    const lake = await tempLake();
    try {
      assert.equal(await readLakeName(lake.storage), undefined);
      const names = await Promise.all(Array.from({ length: 8 }, () => claimLake(lake.storage)));
      assert.equal(new Set(names.map(({ id }) => id)).size, 1);
      assert.deepEqual(await keysUnder(lake.storage, ''), [LAKE_KEY]);
    } finally {
      lake.remove();
    }
  });

  it('refuses a second lake at the start of a worker, of `up`, `schedule apply` and `reprocess`, and leaves it untouched', async () => {
    for (const args of [['worker'], ['up'], ['schedule', 'apply'], ['schedule', 'apply', '--dry-run']]) {
      const { code, stderr } = await command(args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
      assert.match(stderr, new RegExp(`${await idOf(run.lake)} at ${run.lake.uri}`));
      assert.match(stderr, new RegExp(`FERNLAKE_LAKE is ${other.uri}, which has no lake.json yet`));
      assert.match(stderr, /To mend it, name that lake; or .*FERNLAKE_TASK_QUEUE.*fernlake schedule delete/);
    }
    assert.deepEqual(await keysUnder(other.storage, ''), []);
    // What reads a lake finds none there, and makes none.
    assert.match((await command(['reprocess'])).stderr, /there is no lake at/);
    assert.deepEqual(await keysUnder(other.storage, ''), []);
    const id = await idOf(other);
    assert.equal((await command(['reprocess'])).code, 2);
    const { code, stderr } = await command(['schedule', 'apply']);
    assert.deepEqual(
      [code, stderr.includes(`FERNLAKE_LAKE is lake ${id} at ${other.uri}`)],
      [2, true],
      stderr,
    );
  });

  it('refuses another dataset and lake on the same task queue, and takes it on one of its own', async () => {
    const second = { FERNLAKE_DATASET: `${run.dataset}b` };
    const refused = await command(['schedule', 'apply'], second);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, new RegExp(`schedule fernlake-${run.dataset} carries into`));
    const own = { ...second, FERNLAKE_TASK_QUEUE: `${run.dataset}b` };
    const taken = await command(['schedule', 'apply'], own);
    assert.deepEqual([taken.code, taken.stderr], [0, '']);
    await command(['schedule', 'delete'], own);
  });

  it('says so in `doctor` and `status`', async () => {
    const doctor = await command(['doctor', '--json']);
    assert.equal(doctor.code, 1);
    assert.match(
      doctor.stdout,
      new RegExp(
        `carries into lake ${await idOf(run.lake)} at .*and the lake here is lake ${await idOf(other)}`,
      ),
    );
    const status = await command(['status']);
    assert.match(
      status.stdout,
      new RegExp(`ANOTHER LAKE: the schedule carries into lake ${await idOf(run.lake)}`),
    );
    assert.doesNotMatch((await command(['status'], { FERNLAKE_LAKE: run.lake.uri })).stdout, /ANOTHER LAKE/);
  });

  it('ends a worker of another lake that came first: it touches nothing, and every record lands all the same', async () => {
    // Neither can be refused at its start, as there is no schedule yet.
    const first = await pipeline(source.server.url);
    const env = { ...first.env, FERNLAKE_LAKE: other.uri };
    const stranger = await startWorkerProcess(env);
    const right = await startWorkerProcess(first.env);
    try {
      const before = await hashesUnder(other.storage, '');
      const doctor = await command(['doctor', '--json'], first.env);
      assert.match(doctor.stdout, /of another lake asks for \w+ tasks on the task queue/);
      await first.schedule();
      await until('the stranger has ended', () => Promise.resolve(!isRunning(stranger.pid)), 60_000);
      assert.equal(await stranger.stop(), 2);
      assert.match(stranger.output(), /WrongLake|is meant for lake/);
      assert.match(stranger.output(), /fernlake: FERNLAKE_LAKE is lake .*To mend it, name that lake/);
      await first.untilLanded(source.records.length);
      assert.deepEqual(await hashesUnder(other.storage, ''), before);
      await first.settle();
      await assertTable(first, source.records);
      const all = await executions(first.client, first.config.taskQueue);
      assert.deepEqual(
        all.filter(({ status }) => status.name === 'FAILED').map(({ workflowId }) => workflowId),
        [],
      );
    } finally {
      await stranger.kill();
      await right.stop();
      await first.close();
    }
  });

  it('fails a run for a lake that no worker has, with the reason, and no other', async () => {
    worker = await startWorkerProcess(run.env);
    const lake = { id: '00000000-0000-4000-8000-000000000000', uri: 's3://nobody/lake' };
    const handle = await run.client.workflow.start('sealHour', {
      workflowId: `${run.dataset}-nobody`,
      taskQueue: run.config.taskQueue,
      args: [{ ...sealOf(run), lake, now: true }],
    });
    const pending = await until('it says why it waits', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.find(({ lastFailure }) => lastFailure)?.lastFailure?.message ?? undefined;
    });
    assert.match(
      pending,
      /merge is meant for lake 00000000-.* at s3:\/\/nobody\/lake, and this worker has lake/,
    );
    await handle.terminate('seen enough');
    // A run of nobody's is no reason to end.
    assert(isRunning(worker.pid), worker.output());
  });

  it('takes a copy for the same lake, wherever it lies, and says what a damaged lake.json is', async () => {
    const copy = path.join(dir, 'copy');
    const copied = await command(['copy', run.lake.uri, copy]);
    assert.deepEqual([copied.code, copied.stderr], [0, '']);
    const uri = pathToFileURL(copy).href;
    await (await startWorkerProcess({ ...run.env, FERNLAKE_LAKE: uri })).stop();
    assert.equal((await readLakeName(await openFolder(uri)))?.id, await idOf(run.lake));
    const intoAnother = await command(['copy', run.lake.uri, other.uri]);
    assert.equal(intoAnother.code, 2);
    assert.match(intoAnother.stderr, /are two lakes/);
    writeFileSync(path.join(copy, LAKE_KEY), '{');
    const { code, stderr } = await command(['worker'], { FERNLAKE_LAKE: uri });
    assert.notEqual(code, 0);
    assert.match(stderr, /lake\.json cannot be read: put the former one back/);
  });

  it('is read by commands that only look without being named', async () => {
    const fresh = await tempLake();
    try {
      for (const args of [
        ['verify'],
        ['status'],
        ['report', path.join(dir, 'r.html')],
        ['quarantine', 'list'],
      ])
        await command(args, { FERNLAKE_LAKE: fresh.uri });
      assert.deepEqual(await keysUnder(fresh.storage, ''), []);
    } finally {
      fresh.remove();
    }
  });
});

function sealOf({ settings }: Pipeline): Record<string, unknown> {
  const { dataset, latenessMs, idleMs, contiguousIds } = settings;
  return { dataset, hour: '2023-05-01T10', latenessMs, idleMs, contiguousIds, watermarkMs: null };
}
