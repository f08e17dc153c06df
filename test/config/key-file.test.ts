import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createMint, DEMO_KEY } from '../../examples/source-server/index.js';
import { readConfig } from '../../src/config/config.js';
import { keyRingOf } from '../../src/process/key-ring.js';
import { Bench, envelope, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { failsAs } from '../activities/seal/fails-as.js';

const NEW_KEY = Buffer.alloc(32, 3).toString('base64url');

describe('the key ring of FERNET_KEYS_FILE', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-keys-'));
    file = path.join(dir, 'keys');
    writeFileSync(file, `${DEMO_KEY}\n`);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const open = () => keyRingOf({ kind: 'file', path: file });

  it('reads one key a line or comma-separated, newest first', async () => {
    writeFileSync(file, `\n${NEW_KEY}\r\n ${DEMO_KEY} \n\n`);
    const lines = (await open()()).keyIds;
    writeFileSync(file, `${NEW_KEY}, ${DEMO_KEY}`);
    assert.deepEqual((await open()()).keyIds, lines);
    assert.equal(lines.length, 2);
  });

  it('takes a rotated file without a restart, replaced or written over', async () => {
    const keyRing = open();
    const [old] = (await keyRing()).keyIds;
    writeFileSync(`${file}.new`, `${NEW_KEY}\n${DEMO_KEY}\n`);
    renameSync(`${file}.new`, file);
    assert.deepEqual([(await keyRing()).keyIds.length, (await keyRing()).keyIds[1]], [2, old]);
    writeFileSync(file, `${NEW_KEY}\n`);
    assert.equal((await keyRing()).keyIds.length, 1);
  });

  it('is the same ring as long as the file is the same', async () => {
    const keyRing = open();
    assert.equal(await keyRing(), await keyRing());
  });

  it('takes a file that is broken in the middle of a rotation for a failure that passes', async () => {
    const keyRing = open();
    await keyRing();
    writeFileSync(file, `${NEW_KEY.slice(0, 20)}`);
    await assert.rejects(keyRing(), (error: Error & { kind?: string }) => {
      assert.equal(error.kind, 'transient');
      assert.match(error.message, /key 1 of 1 is malformed/);
      assert(!error.message.includes(NEW_KEY.slice(0, 20)));
      return true;
    });
    writeFileSync(file, '');
    await assert.rejects(keyRing(), { kind: 'transient' });
    rmSync(file);
    await assert.rejects(keyRing(), { kind: 'transient', message: /ENOENT/ });
    writeFileSync(file, `${NEW_KEY}\n`);
    assert.equal((await keyRing()).keyIds.length, 1);
  });

  it('opens what a rotated source sends from then on, and what it sent before', async () => {
    const bench = await Bench.open({ keyRing: open() });
    try {
      const mint = createMint(NEW_KEY);
      await bench.archiveAndCarry(T13 + MINUTE, [envelope(1, T13)], 'a');
      writeFileSync(file, `${NEW_KEY}\n${DEMO_KEY}\n`);
      const window = [envelope(1, T13), envelope(2, T13, {}, mint)];
      await bench.archiveAndCarry(T13 + 2 * MINUTE, window, 'b');
      await bench.seal(HOUR_13);
      const { landed, duplicates, keys } = await bench.ledger(HOUR_13);
      assert.deepEqual([landed, duplicates, Object.values(keys)], [2, 1, [1, 1]]);
      rmSync(file);
      const raws = [await bench.archive(T13 + 3 * MINUTE, window)];
      await assert.rejects(bench.carry(raws), failsAs('StorageBusy', 'transient', /keys in/));
    } finally {
      await bench.close();
    }
  });

  it('asks for keys where none are given, unless the sample API’s published one serves', async () => {
    assert.throws(() => keyRingOf({ kind: 'none' }), {
      code: 'Configuration',
      message: /FERNET_KEYS is not set/,
    });
    assert.equal((await keyRingOf({ kind: 'none' }, DEMO_KEY)()).keyIds.length, 1);
  });

  it('is checked when the configuration is read', () => {
    const env = { FERNLAKE_SOURCE_URL: 'http://localhost/x', FERNLAKE_LAKE: 'file:///tmp/x' };
    writeFileSync(file, 'short');
    assert.throws(() => readConfig({ source: true }, { ...env, FERNET_KEYS_FILE: file }), {
      message: /FERNET_KEYS_FILE: Fernet key 1 of 1 is malformed/,
    });
    assert.throws(() => readConfig({ source: true }, { ...env, FERNET_KEYS_FILE: `${file}.none` }), {
      message: /FERNET_KEYS_FILE: the key file .* cannot be read \(ENOENT\)/,
    });
  });
});
