import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { repoFile } from '../deploy/files.js';

/** What of a checkout is compiled, or needed for it. */
const PARTS = ['bin', 'build', 'src', 'examples', 'package.json', 'tsconfig.json'];

/** Copies this checkout's sources into a folder, and compiles them there as `npm ci` does in a fresh clone. */
describe('npm run prepare', function () {
  this.timeout(120_000);
  const clone = mkdtempSync(path.join(os.tmpdir(), 'fernlake-prepare-'));
  const node = (...args: string[]): string =>
    execFileSync(process.execPath, args, { cwd: clone, encoding: 'utf8' });

  before(() => {
    for (const part of PARTS) cpSync(repoFile(part), path.join(clone, part), { recursive: true });
    symlinkSync(repoFile('node_modules'), path.join(clone, 'node_modules'));
    node('build/prepare.js');
  });
  after(() => rmSync(clone, { recursive: true, force: true }));

  it('makes everything that runs, without tsc', () => {
    const compiled = (folder: string, end: string): string[] =>
      readdirSync(path.join(clone, folder), { recursive: true })
        .map(String)
        .filter((name) => name.endsWith(end))
        .map((name) => name.slice(0, -end.length))
        .sort();
    const made = compiled('dist/src', '.js').filter((name) => name !== 'process/workflow-bundle');
    assert.deepEqual(made, compiled('src', '.ts'));
    assert.deepEqual(compiled('dist/examples', '.js'), compiled('examples', '.ts'));
    assert.match(node('bin/fernlake', 'up', '--help'), /^Usage: npx fernlake up/);
  });

  it('bundles the workflows from what it compiled, and makes nothing twice', () => {
    const bundle = path.join(clone, 'dist/src/process/workflow-bundle.js');
    const { mtimeMs } = statSync(bundle);
    node('build/prepare.js');
    assert.equal(statSync(bundle).mtimeMs, mtimeMs);
  });
});
