import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');

/** Runs mocha with the project's reporter over one file of this text, then the summary, as .ci/check does. */
function check(testFile: string, ...broken: string[]): { lastLine: string; code: number | null } {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-ci-'));
  try {
    const file = path.join(dir, 'sample.test.cjs');
    const counts = path.join(dir, 'counts.json');
    writeFileSync(file, testFile);
    const mocha = spawnSync(
      process.execPath,
      [
        path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
        '--no-config',
        '--reporter',
        path.join(root, '.ci', 'reporter.cjs'),
        file,
      ],
      { cwd: root, env: { ...process.env, FERNLAKE_TEST_COUNTS: counts }, encoding: 'utf8' },
    );
    const summary = spawnSync(
      process.execPath,
      [path.join(root, '.ci', 'summary.cjs'), counts, String(mocha.status), ...broken],
      { encoding: 'utf8' },
    );
    return { lastLine: summary.stdout.trimEnd().split('\n').at(-1) ?? '', code: summary.status };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('the last line of .ci/run', function () {
  this.timeout(30_000);

  it('gives the real counts, and exit code 0 when all passed', () => {
    assert.deepEqual(check(`it('a', () => {}); it('b', () => {});`), {
      lastLine: '2 passed, 0 failed',
      code: 0,
    });
  });

  it('counts the skipped apart', () => {
    const sample = `it('a', () => {}); it('b', function () { this.skip(); }); it.skip('c', () => {});`;
    assert.deepEqual(check(sample), { lastLine: '1 passed, 0 failed, 2 skipped', code: 0 });
  });

  it('fails with a failed test, and with a failed hook', () => {
    const sample = `it('a', () => {}); it('b', () => { throw new Error('x'); }); after(() => { throw new Error('y'); });`;
    assert.deepEqual(check(sample), { lastLine: '1 passed, 2 failed', code: 1 });
  });

  it('counts a failed lint as one more failure', () => {
    assert.deepEqual(check(`it('a', () => {});`, 'lint'), { lastLine: '1 passed, 1 failed', code: 1 });
  });

  it('fails when no test ran, when mocha could not begin, and when it died midway', () => {
    assert.deepEqual(check(''), { lastLine: '0 passed, 1 failed', code: 1 });
    assert.deepEqual(check('this is no program'), { lastLine: '0 passed, 1 failed', code: 1 });
    const dies = `it('a', () => {}); it('b', () => process.kill(process.pid, 'SIGKILL')); it('c', () => {});`;
    assert.deepEqual(check(dies), { lastLine: '1 passed, 1 failed', code: 1 });
  });

  it('fails when the tests passed but mocha did not end well', () => {
    const sample = `it('a', () => {}); process.on('exit', () => process.kill(process.pid, 'SIGKILL'));`;
    assert.deepEqual(check(sample), { lastLine: '1 passed, 1 failed', code: 1 });
  });
});
