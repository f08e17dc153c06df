import assert from 'node:assert/strict';
import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { AuditReport } from '../../src/inspect/verify/findings.js';
import { freePort } from '../../src/embedded/ports.js';
import { keysUnder, ledgers } from '../support/lake.js';
import { openFolder } from '../../src/storage/folder.js';
import { leakedProcesses, RUN_MARKER } from '../support/leaks.js';
import { temporalCli } from '../support/temporal-cli.js';
import { collect, fernlake, spawnFernlake } from './fernlake.js';

/** An hour of the sample API in 15 s, slots in proportion. */
const FAST = ['--speed', '240'];

interface Up {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves to the match once it was said. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  ended(): Promise<number | null>;
}

/** One folder, one story: each test goes on where the one before stopped, as a user would. */
describe('fernlake up', function () {
  this.timeout(120_000);
  let dir: string;
  let env: Record<string, string>;
  let runs = 0;
  const running: ChildProcess[] = [];

  before(async function () {
    this.timeout(600_000);
    dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'fernlake-up-')));
    env = { FERNLAKE_TEMPORAL_CLI: await temporalCli(), FERNLAKE_SLOT: '4s' };
  });
  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
  });
  after(() => rmSync(dir, { recursive: true }));

  /** Every process that it starts inherits a marker of this run alone. */
  const markerOf = (run: number): string => `${process.env[RUN_MARKER] ?? ''}`.concat(`-up-${run}`);

  async function up(...args: string[]): Promise<Up> {
    runs += 1;
    const ports = ['--port', String(await freePort()), '--ui-port', String(await freePort())];
    const child = spawnFernlake(['up', ...FAST, ...ports, ...args], {
      cwd: dir,
      env: { ...env, [RUN_MARKER]: markerOf(runs) },
    });
    running.push(child);
    const { stdout, stderr } = collect(child);
    const closed = once(child, 'close') as Promise<[number | null]>;
    return {
      child,
      stdout,
      stderr,
      async said(pattern) {
        for (;;) {
          const found = pattern.exec(stdout());
          if (found) return found;
          if (child.exitCode !== null)
            assert.fail(`ended without ${pattern.source}:\n${stdout()}${stderr()}`);
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
      ended: async () => (await closed)[0],
    };
  }

  async function leavesNothingBehind(): Promise<void> {
    assert.deepEqual(await leakedProcesses(markerOf(runs), 5_000), []);
  }
  async function verify(): Promise<AuditReport> {
    const { code, stdout, stderr } = await fernlake(['verify', '--json'], { cwd: dir });
    assert.equal(code, 0, stderr + stdout);
    return JSON.parse(stdout) as AuditReport;
  }
  const lake = () => openFolder(`file://${dir}/lake`);

  let newestBefore = 0;
  let hoursBefore = 0;

  it('lands an hour in an empty folder, ends by itself with 0, and leaves no process', async () => {
    const run = await up('--hours', '1');
    assert.equal(await run.ended(), 0, run.stdout() + run.stderr());
    assert.match(run.stdout(), /sealed 20\d\d-\d\d-\d\dT\d\d \(revision 1\): [\d,]+ rows, .*; none missing/);
    assert.match(run.stdout(), /npx fernlake verify/);
    assert.match(run.stdout(), /Stopped\. Start again to go on from here\.\n$/);
    assert.match(
      run.stdout(),
      /Now in file:.*\n {2}sealed {6}the .*20\d\d-.*: [\d,]+ rows, .*, none missing\n {2}quarantine {2}nothing\nTo try next:\n/,
    );
    assert.equal(run.stderr(), '');
    await leavesNothingBehind();
    const report = await verify();
    assert(report.hours >= 1 && report.landed > 0 && report.missing === 0);
    hoursBefore = report.hours;
    newestBefore = await newestLanded();
    assert(existsSync(path.join(dir, '.fernlake', 'temporal.db')));
  });

  it('shows the way to the landed object, and the object is there', async () => {
    const [key] = await keysUnder(await lake(), 'logs/');
    const rows = gunzipSync(readFileSync(path.join(dir, 'lake', key ?? '')))
      .toString()
      .trim()
      .split('\n');
    assert.equal(typeof (JSON.parse(rows[0] ?? '') as { record_id: unknown }).record_id, 'number');
    const { code, stdout } = await fernlake(['decode', path.join('lake', key ?? '')], { cwd: dir });
    assert.deepEqual([code, stdout.trim().split('\n').length], [0, rows.length]);
  });

  it('goes on from the same lake and database, and takes a free port where one is taken', async () => {
    const taken = net.createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as net.AddressInfo;
    try {
      const run = await up('--hours', '1', '--port', String(port));
      const [, used] = await run.said(/Temporal {2}127\.0\.0\.1:(\d+)/);
      assert.notEqual(Number(used), port);
      assert.match(
        run.stdout(),
        new RegExp(`Port ${port} \\(Temporal\\) is taken by another process; using ${used}`),
      );
      assert.equal(await run.ended(), 0, run.stdout() + run.stderr());
      assert.match(run.stdout(), /schedule {2}updated/);
    } finally {
      taken.close();
    }
    await leavesNothingBehind();
    const { missing, hours, findings } = await verify();
    assert.deepEqual([missing, findings], [0, []]);
    assert(hours > hoursBefore);
    assert((await newestLanded()) > newestBefore);
    await landsEveryIdOnce();
  });

  it('says at once that the dev server was killed, and ends with 1', async () => {
    const run = await up();
    await run.said(/poll 1:/);
    const lock = readFileSync(path.join(dir, '.fernlake', 'temporal.db.lock'), 'utf8');
    process.kill(Number(lock.split(' ')[0]), 'SIGKILL');
    const killedMs = performance.now();
    await run.said(/Stopping: the Temporal dev server \(process \d+\) was ended by SIGKILL/);
    assert(performance.now() - killedMs < 3_000, 'not at once');
    assert.equal(await run.ended(), 1, run.stdout() + run.stderr());
    assert(performance.now() - killedMs < 40_000, 'not soon');
    assert.match(run.stderr(), /fernlake: the Temporal dev server .* start again to go on/);
    assert.doesNotMatch(run.stderr(), /\n\s+at /);
    await leavesNothingBehind();
  });

  it('goes on behind that, says no false failure when it stops, and lands every id once', async () => {
    const run = await up('--hours', '1');
    assert.equal(await run.ended(), 0, run.stdout() + run.stderr());
    const [, end = ''] = run.stdout().split('Stopping: ');
    assert.doesNotMatch(end, /failed|ECONNREFUSED/);
    await leavesNothingBehind();
    // Ending took its time, and the sample went on: what its window then moved past, the ledgers name.
    await landsEveryIdOnce((await verify()).missing);
  });

  // Behind the tests that count ids: while the server stands still the sample goes on, and its window passes.
  it('is found by every other command in its folder, and by a second one; says that Temporal does not answer; drains on SIGINT', async () => {
    const run = await up();
    await run.said(/poll 1:/);
    const here = (...args: string[]) => fernlake(args, { cwd: dir, env });
    const doctor = await here('doctor');
    assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
    assert.match(doctor.stdout, /✔ schedule .*every 4 s/);
    for (const args of [['status'], ['schedule', 'show'], ['temporal', 'schedule', 'list']]) {
      const { code, stdout, stderr } = await here(...args);
      assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
      assert.match(stdout, /fernlake/);
    }
    const lake = await fernlake(['status', '--json'], {
      cwd: dir,
      env: { FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/' },
    });
    assert.match(lake.stdout, new RegExp(`"uri": "file://${dir}/lake"`), `its lake, too: ${lake.stderr}`);
    const second = await here('up', ...FAST);
    assert.equal(second.code, 2);
    assert.match(second.stderr, /temporal\.db is in use by process \d+/);
    const lock = readFileSync(path.join(dir, '.fernlake', 'temporal.db.lock'), 'utf8');
    const pid = Number(lock.split(' ')[0]);
    process.kill(pid, 'SIGSTOP');
    await run.said(/Temporal at 127\.0\.0\.1:\d+ does not answer \(.+\): nothing is fetched until it does/);
    process.kill(pid, 'SIGCONT');
    await run.said(/answers again/);
    run.child.kill('SIGINT');
    assert.equal(await run.ended(), 0, run.stdout() + run.stderr());
    assert.match(run.stdout(), /Stopping: what is under way is finished first/);
    await leavesNothingBehind();
    await verify();
    const after = await here('temporal', 'schedule', 'list', '--address', `127.0.0.1:${await freePort()}`);
    assert.equal(after.code, 1, 'what Temporal’s command line ends with is passed on');
  });

  async function newestLanded(): Promise<number> {
    const all = await ledgers(await lake(), 'logs');
    return Math.max(...[...all.values()].map(({ ids }) => Number(ids.last ?? 0)));
  }

  async function landsEveryIdOnce(missing = 0): Promise<void> {
    const ids: number[] = [];
    for (const key of await keysUnder(await lake(), 'logs/')) {
      const rows = gunzipSync(readFileSync(path.join(dir, 'lake', key)))
        .toString()
        .trim()
        .split('\n');
      ids.push(...rows.map((row) => (JSON.parse(row) as { record_id: number }).record_id));
    }
    ids.sort((a, b) => a - b);
    assert.equal(new Set(ids).size, ids.length);
    assert.equal((ids.at(-1) ?? 0) - (ids[0] ?? 0) + 1 - ids.length, missing);
  }
});
