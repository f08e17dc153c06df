import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Status } from '../../src/inspect/status/screen.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline, type StoppableWorker } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { collect, fernlake, spawnFernlake } from './fernlake.js';

/** Starts a dev server (shared), a sample API on loopback and a worker in this process; the command as a process. */
describe('fernlake status', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;
  let worker: StoppableWorker;

  const status = (...args: string[]) => fernlake(['status', ...args], { env: run.env, cwd: run.lake.dir });
  const asJson = async (...args: string[]): Promise<Status> =>
    JSON.parse((await status('--json', ...args)).stdout) as Status;

  before(async () => {
    source = await steppedSource({ steps: 12, recordsPerStep: 150, minutesPerStep: 10 });
    run = await pipeline(source.server.url);
    worker = await run.startWorker();
    await run.schedule();
    await until(
      'two hours are sealed',
      async () => (await ledgers(run.lake.storage, run.dataset)).size >= 2,
      90_000,
    );
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('says who polls, what the source does and which hours are sealed', async () => {
    const shown = await asJson();
    assert(!('unreachable' in shown.temporal));
    assert.equal(shown.temporal.workers.length, 1);
    assert.equal(shown.temporal.schedule?.paused, false);
    assert((shown.temporal.source?.newestId ?? 0) > 0);
    const all = await ledgers(run.lake.storage, run.dataset);
    for (const { hour, landed, revision } of shown.lake.hours) {
      if (all.get(hour)?.revision === revision) assert.equal(landed, all.get(hour)?.landed);
    }
    assert(shown.lake.missing.length > 0);
  });

  it('fits on one screen', async () => {
    const { code, stdout } = await status();
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert(lines.length <= 24, `${lines.length} lines`);
    const wide = lines.filter((line) => line.length > 80 && !/^ {2}(lake|workers|missing|open) /.test(line));
    assert.deepEqual(wide, []);
    for (const word of ['schedule', 'workers', 'source', 'open', 'sealed', 'missing', 'quarantine', 'size'])
      assert.match(stdout, new RegExp(`^  ${word} `, 'm'));
    // eslint-disable-next-line no-control-regex -- that there is none is the point: stdout is no terminal here
    assert.doesNotMatch(stdout, /\u001b/);
  });

  it('counts the whole lake with --all', async () => {
    const sealed = async (): Promise<number> => (await ledgers(run.lake.storage, run.dataset)).size;
    const before = await sealed();
    const { lake } = await asJson('--all');
    // An hour may be sealed while it is looked at.
    const { hours, bytes } = lake.counts;
    assert(hours >= before && hours <= (await sealed()), `${hours} hours, ${before} before`);
    assert(lake.all && bytes.gzip > 0);
  });

  it('is as fresh when no worker runs, and says so', async () => {
    await run.settle();
    await worker.stop();
    const shown = await until(
      'the server has noticed',
      async () => {
        const now = await asJson();
        return !('unreachable' in now.temporal) && now.temporal.schedule?.paused === true && now;
      },
      30_000,
    );
    assert(!('unreachable' in shown.temporal));
    assert((shown.temporal.source?.newestId ?? 0) > 0);
    assert.deepEqual(shown.temporal.hoursOpen, []);
    assert.match((await status()).stdout, /paused \(the test is over\)/);
  });

  it('shows the lake and ends with 2 where no server answers', async () => {
    const { code, stdout } = await fernlake(['status'], {
      env: { ...run.env, TEMPORAL_ADDRESS: '127.0.0.1:1' },
      cwd: run.lake.dir,
    });
    assert.equal(code, 2);
    assert.match(stdout, /no Temporal server answers at 127\.0\.0\.1:1/);
    assert.match(stdout, /^ {2}sealed .*\n +2023-05-01T/m);
  });

  it('is shown again and again with --watch, until Ctrl-C', async () => {
    const child = spawnFernlake(['status', '--watch', '500ms'], { env: run.env, cwd: run.lake.dir });
    const said = collect(child);
    const ended = once(child, 'exit');
    // Its time is in seconds: two screens of one second would not tell that it is read anew.
    const times = (): Set<string> =>
      new Set(Array.from(said.stdout().matchAll(/^fernlake status \S+ at (\S+)$/gm), ([, at = '']) => at));
    await until('it is shown at two times', () => times().size >= 2, 30_000);
    child.kill('SIGINT');
    assert.deepEqual(await ended, [null, 'SIGINT']);
  });

  it('refuses a --watch that is no duration', async () => {
    const { code, stderr } = await status('--watch', 'often');
    assert.equal(code, 2);
    assert.match(stderr, /is no duration/);
  });
});
