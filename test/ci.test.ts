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
      [
        path.join(root, '.ci', 'summary.cjs'),
        ...[counts, String(mocha.status), path.join(dir, 'again.json'), '0'],
        ...broken,
      ],
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

  it('takes what a file gave when it was run again alone, and says so', () => {
    const one = { passed: 1, failed: 0, skipped: 0 };
    const first = { ended: true, files: { 'a.js': one, 'b.js': { passed: 2, failed: 3, skipped: 0 } } };
    const files = (counts: object) => ({ ended: true, files: { 'b.js': counts } });
    assert.deepEqual(repeated(first, files({ passed: 5, failed: 0, skipped: 0 }), '0'), {
      repeat: 'b.js',
      said: 'UNSTEADY: 3 failed in b.js beside others; all passed when it ran alone\n6 passed, 0 failed',
      code: 0,
    });
    assert.deepEqual(repeated(first, files({ passed: 4, failed: 1, skipped: 0 }), '1'), {
      repeat: 'b.js',
      said: '1 tests failed\n5 passed, 1 failed',
      code: 1,
    });
    const died = { ended: false, files: { 'b.js': one } };
    assert.equal(repeated(first, died, '137').code, 1);
  });

  it('runs nothing again after a run that did not end, nor where much is broken', () => {
    const bad = { passed: 0, failed: 1, skipped: 0 };
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}.js`, bad]));
    assert.equal(repeated({ ended: false, files: { 'a.js': bad } }, undefined, '0').repeat, '');
    assert.equal(repeated({ ended: true, files: many }, undefined, '0').repeat, '');
    assert.equal(repeated({ ended: true, files: { '': bad } }, undefined, '0').repeat, '');
  });

  it('names the files that took most processor time, behind a run of many', () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-ci-'));
    try {
      const busy = `const until = performance.now() + 300; while (performance.now() < until);`;
      for (const [name, act] of Object.entries({ idle: '', busy }))
        writeFileSync(path.join(dir, `${name}.test.cjs`), `describe('a', () => it('b', () => { ${act} }));`);
      const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
      const hooks = path.join(import.meta.dirname, 'support', 'root-hooks.js');
      const reporter = path.join(root, '.ci', 'reporter.cjs');
      const { stdout } = spawnSync(
        process.execPath,
        [mocha, '--no-config', '--parallel', '--jobs', '2', '--require', hooks, '--reporter', reporter, dir],
        { cwd: dir, encoding: 'utf8' },
      );
      assert.match(stdout, /The 2 test files took \d+\.\d s of processor time[^]*busy[^]*idle/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

/** What .ci/check would run again after these counts, and what the summary says once that is done. */
function repeated(
  first: object,
  again: object | undefined,
  againCode: string,
): { repeat: string; said: string; code: number | null } {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-ci-'));
  const [firstFile, againFile] = [path.join(dir, 'first.json'), path.join(dir, 'again.json')];
  try {
    writeFileSync(firstFile, JSON.stringify(first));
    if (again) writeFileSync(againFile, JSON.stringify(again));
    const node = (script: string, ...args: string[]) =>
      spawnSync(process.execPath, [path.join(root, '.ci', script), ...args], { encoding: 'utf8' });
    const { stdout, status } = node('summary.cjs', firstFile, '1', againFile, againCode);
    return { repeat: node('counts.cjs', firstFile).stdout.trim(), said: stdout.trim(), code: status };
  } finally {
    rmSync(dir, { recursive: true });
  }
}
