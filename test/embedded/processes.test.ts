import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { endChild, exitOf, guard } from '../../src/embedded/processes.js';
import { isRunning, startedAtTicks } from '../../src/config/running-process.js';

const node = (code: string) => spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
const sleeper = 'setInterval(() => {}, 1000); console.log("up")';
const stubborn = `process.on('SIGTERM', () => {}); ${sleeper}`;

describe('processes', () => {
  it('a child that listens ends at SIGTERM', async () => {
    const child = node(sleeper);
    await once(child.stdout, 'data');
    assert.deepEqual(await endChild(child, 10_000), { code: null, signal: 'SIGTERM' });
  });

  it('a child that does not is killed after the grace', async () => {
    const child = node(stubborn);
    await once(child.stdout, 'data');
    const startedMs = performance.now();
    assert.deepEqual(await endChild(child, 300), { code: null, signal: 'SIGKILL' });
    assert(performance.now() - startedMs >= 290);
  });

  it('the exit of a child that has ended before, or never began, is known as well', async () => {
    const child = node('process.exit(3)');
    await once(child, 'exit');
    assert.deepEqual(await exitOf(child), { code: 3, signal: null });
    assert.deepEqual(await exitOf(spawn('/nowhere/at/all')), { code: null, signal: null });
  });

  it('a running process is told from one that has ended', async () => {
    assert.equal(isRunning(process.pid), true);
    const child = node(sleeper);
    const { pid } = child;
    assert(pid !== undefined);
    assert.equal(isRunning(pid), true);
    await endChild(child, 5_000);
    assert.equal(isRunning(pid), false);
  });

  it('two processes of one id would differ by their start', function () {
    if (process.platform !== 'linux') {
      console.warn('skipped: the start of a process is read from /proc, which this system has not');
      this.skip();
    }
    assert.match(startedAtTicks(process.pid) ?? '', /^\d+$/);
    assert.equal(startedAtTicks(process.pid), startedAtTicks(process.pid));
    assert.notEqual(startedAtTicks(process.pid), startedAtTicks(1));
  });

  it('a dismissed guard leaves its process alone', async () => {
    const child = node(sleeper);
    assert(child.pid !== undefined);
    await guard(child.pid).dismiss();
    await sleep(200);
    assert.equal(isRunning(child.pid), true);
    await endChild(child, 5_000);
  });

  it('a guard ends even a stubborn process after its keeper was killed', async function () {
    this.timeout(20_000);
    const module = new URL('../../src/embedded/processes.js', import.meta.url).href;
    const keeper = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { spawn } from 'node:child_process'; import { guard } from ${JSON.stringify(module)};
         const child = spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
         child.stdout.once('data', () => { guard(child.pid); console.log(child.pid); });`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(keeper.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    assert.equal(isRunning(pid), true);
    keeper.kill('SIGKILL');
    for (let i = 0; i < 100 && isRunning(pid); i++) await sleep(100);
    assert.equal(isRunning(pid), false);
  });
});
