import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fernlake } from './fernlake.js';

/** Asks a real bash, as it would be asked by Tab behind the last word. */
describe('fernlake completion', function () {
  this.timeout(60_000);
  let dir: string;
  before(async () => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-completion-'));
    const { code, stdout } = await fernlake(['completion', 'bash'], { cwd: dir });
    assert.equal(code, 0);
    writeFileSync(path.join(dir, 'completion.sh'), stdout);
    writeFileSync(path.join(dir, 'logs.json.gz'), '');
  });
  after(() => rmSync(dir, { recursive: true }));

  async function completed(...words: string[]): Promise<string[]> {
    const script = `source ./completion.sh
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fernlake; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', 'fernlake', ...words], {
      cwd: dir,
    });
    return stdout.split('\n').filter((word) => word !== '');
  }

  it('gives the commands, those below a command, options, choices and files', async () => {
    assert.deepEqual(await completed('ver'), ['verify']);
    assert.deepEqual(await completed('schedule', 'ap'), ['apply']);
    assert.deepEqual(await completed('verify', '--js'), ['--json']);
    assert.deepEqual(await completed('schedule', 'pause', '--no'), ['--note']);
    assert.deepEqual(await completed('ddl', 'bi'), ['bigquery']);
    assert.deepEqual(await completed('decode', 'logs'), ['logs.json.gz']);
    assert((await completed('')).includes('status'));
    assert.deepEqual(await completed('verify', '--nosuch'), []);
  });

  it('has a script for zsh and for fish, and for no other shell', async () => {
    const [zsh, fish, other] = await Promise.all(
      ['zsh', 'fish', 'tcsh'].map((shell) => fernlake(['completion', shell], { cwd: dir })),
    );
    assert.match(zsh?.stdout ?? '', /bashcompinit/);
    assert.match(fish?.stdout ?? '', /^complete -c fernlake -n '__fish_use_subcommand' -f -a verify -d /m);
    assert.match(other?.stderr ?? '', /Allowed choices are bash, zsh, fish/);
    assert.equal(other?.code, 2);
  });
});
