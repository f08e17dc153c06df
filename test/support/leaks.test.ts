import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../../src/config/running-process.js';

const root = path.resolve(import.meta.dirname, '..', '..', '..');
const rootHooks = fileURLToPath(new URL('root-hooks.js', import.meta.url));

/** Runs mocha with the root hooks over one file of this text. */
function run(testFile: string): { code: number | null; output: string } {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-leaks-'));
  try {
    const file = path.join(dir, 'sample.test.cjs');
    writeFileSync(file, testFile);
    const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const done = spawnSync(process.execPath, [mocha, '--no-config', '--require', rootHooks, file], {
      cwd: root,
      encoding: 'utf8',
    });
    return { code: done.status, output: done.stdout + done.stderr };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('the root hooks', function () {
  this.timeout(60_000);

  it('pass a run that leaves nothing behind', () => {
    const { code, output } = run(`it('a', () => { require('node:child_process').execFileSync('true'); });`);
    assert.equal(code, 0, output);
  });

  it('fail a run that leaves a process behind, name it and end it', function () {
    if (process.platform !== 'linux') {
      console.warn('skipped: leaked processes are found in /proc, which this system has not');
      this.skip();
    }
    const { code, output } = run(`
      it('leaves a grandchild', () => {
        require('node:child_process').execFileSync('sh', ['-c', 'setsid sleep 1234 >/dev/null 2>&1 & echo started']);
      });`);
    assert.notEqual(code, 0);
    const [, pid] = /left 1 processes running[^]*?(\d+) sleep 1234/.exec(output) ?? [];
    assert(pid !== undefined, output);
    assert.equal(isRunning(Number(pid)), false);
  });

  it('end a run that something keeps open, and say what', () => {
    const { code, output } = run(`it('a', () => { require('node:net').createServer().listen(0); });`);
    assert.equal(code, 1);
    assert.match(output, /something stays open: .*TCPServerWrap/);
  });
});
