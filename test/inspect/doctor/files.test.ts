import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Check } from '../../../src/inspect/doctor/check.js';
import { checkFiles } from '../../../src/inspect/doctor/files.js';

const PRIVATE = '-----BEGIN PRIVATE KEY-----\n';

describe('the look at who may read what', () => {
  let folder: string;
  let former: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'fernlake-files-'));
    former = process.cwd();
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(former);
    rmSync(folder, { recursive: true, force: true });
  });

  function write(name: string, mode: number, text = ''): string {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  }
  interface Given {
    readonly keys?: string;
    readonly caFile?: string;
    readonly lake?: string;
    readonly secretFiles?: readonly string[];
  }

  function look({ keys, caFile, lake, secretFiles = [] }: Given = {}): Check[] {
    return checkFiles({
      keys: keys === undefined ? { kind: 'none' } : { kind: 'file', path: keys },
      lake: lake ?? 's3://bucket',
      secretFiles,
      source: { cacheBuster: false, proxy: undefined, caFiles: caFile === undefined ? [] : [caFile] },
    });
  }
  const lines = (checks: readonly Check[]): string[] =>
    checks.map(({ state, name, says, mend }) => `${state} ${name}: ${says} → ${mend ?? ''}`);

  it('names a file with a secret that others may read, as fernlake.yaml may be', () => {
    const file = write('fernlake.yaml', 0o644);
    assert.deepEqual(lines(look({ secretFiles: [file] })), [
      `warning secret: ${file} has mode 644: others may read it → chmod 600 ${file}`,
    ]);
  });

  it('says nothing where there is nothing', () => assert.deepEqual(look(), []));

  it('finds well what only its owner may read, and an authority that anybody may', () => {
    write('.env', 0o600);
    const given = {
      keys: write('keys', 0o400),
      caFile: write('ca.pem', 0o644, '-----BEGIN CERTIFICATE-----\n'),
    };
    mkdirSync('.fernlake', { mode: 0o700 });
    mkdirSync('lake', { mode: 0o700 });
    const checks = look({ ...given, lake: pathToFileURL(path.join(folder, 'lake')).href });
    assert.deepEqual(lines(checks), [
      'ok files: only their owner may read or change .env, .fernlake, key file, lake: folder, CA file → ',
    ]);
  });

  it('follows a link to .env, and says where it leads', () => {
    const real = write('settings', 0o640);
    symlinkSync(real, '.env');
    assert.deepEqual(lines(look()), [
      `warning .env: .env (${real}) has mode 640: others may read it → chmod 600 .env`,
    ]);
    chmodSync(real, 0o600);
    assert.equal(look()[0]?.state, 'ok');
  });

  it('warns of an authority that others may change, and of one with its key that others may read', () => {
    const [open, secret] = [write('open.pem', 0o666), write('secret.pem', 0o644, PRIVATE)];
    assert.match(lines(look({ caFile: open })).join(), /others may change it.* → chmod 644 .*open\.pem$/);
    assert.match(lines(look({ caFile: secret })).join(), /a private key is in it → chmod 600 .*secret\.pem$/);
  });

  it('warns of a client key that others may read', () => {
    const keyFile = write('client.key', 0o644, PRIVATE);
    const source = { certificate: { certFile: write('client.pem', 0o644), keyFile } };
    const checks = checkFiles({ keys: { kind: 'none' }, lake: 's3://bucket', source, secretFiles: [] });
    assert.match(
      lines(checks).join(),
      /^warning client key: .* others may read it → chmod 600 .*client\.key$/,
    );
  });

  it('lets a group look into a lake, and nobody beside it', () => {
    mkdirSync('the lake');
    const lake = pathToFileURL(path.join(folder, 'the lake')).href;
    chmodSync('the lake', 0o750);
    assert.equal(look({ lake })[0]?.state, 'ok');
    chmodSync('the lake', 0o755);
    const [line = ''] = lines(look({ lake }));
    assert(line.endsWith(`→ chmod 750 '${folder}/the lake'`), line);
  });
});
