import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { pythonRepr } from '../../examples/source-server/index.js';
import { makeRecord } from '../../examples/source-server/record.js';
import { gunzip, gzip } from '../../src/bytes/gzip.js';
import { tableKey } from '../../src/lake/keys.js';
import { Bench, DATASET, envelopes, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { fernlake } from './fernlake.js';

const MIB = 1024 * 1024;
const root = path.resolve(import.meta.dirname, '..', '..', '..');

describe('fernlake decode', function () {
  this.timeout(60_000);
  let bench: Bench;
  let object: string;
  const records = Array.from({ length: 3 }, (_, i) => makeRecord(7, i + 1, i + 1, T13 + i * 1_000));

  before(async () => {
    bench = await Bench.open();
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13));
    await bench.seal(HOUR_13);
    object = path.join(bench.dir, 'landed.json.gz');
    await cp(path.join(bench.dir, 'lake', tableKey(DATASET, HOUR_13)), object);
  });
  after(() => bench.close());

  const decode = (args: readonly string[], input?: Uint8Array, env = {}) =>
    fernlake(['decode', ...args], { cwd: bench.dir, env, ...(input ? { input } : {}) });
  const packed = async (): Promise<Buffer> => (await bench.storage.get(tableKey(DATASET, HOUR_13))).body;

  it('gives the records back as JSON, to the letter', async () => {
    const { code, stdout, stderr } = await decode([object]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, records.map(({ record }) => `${JSON.stringify(record)}\n`).join(''));
  });

  it('gives the text that was encrypted, to the letter', async () => {
    const { stdout } = await decode([object, '--format', 'python']);
    assert.equal(stdout, records.map(({ record }) => `${pythonRepr(record)}\n`).join(''));
  });

  it('reads standard input, packed or not', async () => {
    const body = await packed();
    const [asPacked, asLines] = await Promise.all([
      decode(['-'], body),
      decode(['-'], await gunzip(body, 1e9)),
    ]);
    assert.equal(asPacked.stdout.split('\n').length, 4);
    assert.equal(asLines.stdout, asPacked.stdout);
  });

  it('ends without a word when whoever reads has seen enough', async () => {
    const row = (await bench.rows(HOUR_13))[0] ?? '';
    const large = path.join(bench.dir, 'large.json.gz');
    await writeFile(large, await gzip(Buffer.from(`${row}\n`.repeat(50_000))));
    const script = `set -o pipefail; "$0" "$1" decode "$2" | head -n 2`;
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['-c', script, process.execPath, path.join(root, 'bin', 'fernlake'), large],
      { cwd: bench.dir },
    );
    assert.deepEqual([stdout.split('\n').length, stderr], [3, '']);
  });

  it('holds no more of an object than a pipe takes', async function () {
    this.timeout(120_000);
    // Long rows: it is their bytes that would fill the heap, and each row is parsed.
    const name = 'n'.repeat(20_000);
    const row = ((await bench.rows(HOUR_13))[0] ?? '').replace('"json_logger"', `"${name}"`);
    assert(row.includes(name));
    const block = Buffer.from(`${row}\n`.repeat(50));
    const large = path.join(bench.dir, 'huge.json.gz');
    const blocks = Readable.from(Array.from({ length: Math.ceil((80 * MIB) / block.length) }, () => block));
    await pipeline(blocks, createGzip({ level: 1 }), createWriteStream(large));
    // Its text alone would be twice the heap; and it is read to its end, although nothing but a few lines is kept.
    const script = `set -o pipefail; "$0" --max-old-space-size=40 "$1" decode "$2" | tail -n 2 | wc -l`;
    const { stdout, stderr } = await promisify(execFile)(
      'bash',
      ['-c', script, process.execPath, path.join(root, 'bin', 'fernlake'), large],
      { cwd: bench.dir },
    );
    assert.deepEqual([stdout.trim(), stderr], ['2', '']);
  });

  it('refuses a line that no row can be', async () => {
    const { code, stderr } = await decode(['-'], Buffer.alloc(3 * MIB, '{'));
    assert.equal(code, 2);
    assert.match(stderr, /standard input, line 1: longer than \d+ characters/);
  });

  it('says what is wrong with the file, with exit code 2', async () => {
    await writeFile(path.join(bench.dir, 'notes.txt'), 'hello\n');
    await writeFile(path.join(bench.dir, 'torn.json.gz'), (await packed()).subarray(0, 60));
    const faults = [
      ['nowhere.json.gz', /nowhere\.json\.gz cannot be read: ENOENT/],
      ['notes.txt', /notes\.txt, line 1: .*not a landed row.*Name a landed \.json\.gz/],
      ['torn.json.gz', /torn\.json\.gz cannot be read/],
      ['.', /cannot be read: EISDIR/],
    ] as const;
    for (const [file, message] of faults) {
      const { code, stderr } = await decode([file]);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
      assert.equal(code, 2, file);
    }
    assert.equal((await decode([object, '--format', 'xml'])).code, 2);
  });

  it('says that the url dictionary is too short for a row', async () => {
    const row = ((await bench.rows(HOUR_13))[0] ?? '').replace('"url":"1"', '"url":"2"');
    const { code, stderr } = await decode(['-'], Buffer.from(row));
    assert.equal(code, 2);
    assert.match(stderr, /must hold the same texts, in the same order/);
    const { stdout } = await decode(['-'], Buffer.from(row), { FERNLAKE_URLS: '/api/cart/' });
    assert.match(stdout, /"url":"\/api\/cart\/"/);
  });
});
