import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Enough for Node, too little for the 10 GB that it sets aside for each memory of WebAssembly. */
const ADDRESSES_KB = 8_000_000;
const built = path.resolve(import.meta.dirname, '..', '..', '..');
const root = path.dirname(built);

const withFewAddresses = (...command: readonly string[]) =>
  spawnSync('sh', ['-c', `ulimit -v ${ADDRESSES_KB} && exec "$@"`, 'sh', process.execPath, ...command], {
    cwd: root,
    encoding: 'utf8',
  });

describe('decrypting where WebAssembly gets no memory', function () {
  this.timeout(60_000);

  before('has the limit that the other tests are about', function () {
    if (process.platform !== 'linux') {
      console.warn('      SKIPPED: addresses are kept short by ulimit -v, which works on Linux');
      return this.skip();
    }
    const lanes = path.join(built, 'src', 'domain', 'sha256-lanes.js');
    const { stderr } = withFewAddresses(
      '-e',
      `import(${JSON.stringify(lanes)}).then((m) => m.createSha256Lanes(9))`,
    );
    assert.match(stderr, /RangeError: WebAssembly\.Instance\(\): Out of memory/);
  });

  it('does all that it does elsewhere', () => {
    const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const tests = path.join(built, 'test', 'domain', 'fernet.test.js');
    const { status, stdout, stderr } = withFewAddresses(mocha, '--no-config', '--timeout', '50000', tests);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /\d\d passing/);
  });
});
