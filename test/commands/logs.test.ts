import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { until } from '../support/until.js';
import { collect, fernlake, spawnFernlake } from './fernlake.js';

describe('fernlake logs', function () {
  this.timeout(60_000);
  let cwd: string;
  let file: string;
  beforeEach(() => {
    cwd = mkdtempSync(path.join(os.tmpdir(), 'fernlake-logs-'));
    mkdirSync(path.join(cwd, '.fernlake'));
    file = path.join(cwd, '.fernlake', 'fernlake.log');
  });
  afterEach(() => rmSync(cwd, { recursive: true, force: true }));

  it('shows the last lines, as many as asked for, and all of a log that has fewer', async () => {
    const lines = Array.from({ length: 30_000 }, (_, i) => `line ${i}`);
    writeFileSync(file, `${lines.join('\n')}\n`);
    assert.equal(
      (await fernlake(['logs', '-n', '3'], { cwd })).stdout,
      'line 29997\nline 29998\nline 29999\n',
    );
    assert.equal((await fernlake(['logs', '-n', '20000'], { cwd })).stdout.split('\n').length, 20_001);
    writeFileSync(file, 'one\ntwo');
    assert.equal((await fernlake(['logs'], { cwd })).stdout, 'one\ntwo');
  });

  it('says where there is none, and why', async () => {
    const { code, stderr } = await fernlake(['logs'], { cwd });
    assert.equal(code, 2);
    assert.match(
      stderr,
      /\.fernlake\/fernlake\.log cannot be read \(ENOENT\): only `npx fernlake up` writes one/,
    );
  });

  it('goes on with --follow, also behind a log that begins anew, until Ctrl-C', async () => {
    writeFileSync(file, 'old\n');
    const child = spawnFernlake(['logs', '-f'], { cwd });
    const said = collect(child);
    const ended = once(child, 'exit');
    await until('it shows what is there', () => said.stdout() === 'old\n', 20_000);
    appendFileSync(file, 'and a new line\n');
    await until('it shows what is added', () => said.stdout() === 'old\nand a new line\n', 20_000);
    writeFileSync(file, 'anew\n');
    await until('it shows the new log', () => said.stdout().endsWith('anew\n'), 20_000);
    child.kill('SIGINT');
    assert.deepEqual(await ended, [0, null]);
  });
});
