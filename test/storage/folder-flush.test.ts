import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openFolder } from '../../src/storage/folder.js';
import type { Storage } from '../../src/storage/port.js';

describe('what a folder flushes to the disk', () => {
  let root: string;
  let storage: Storage;
  let flushed = 0;
  let unwatch: () => void;

  beforeEach(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'fernlake-flush-')));
    storage = await openFolder(pathToFileURL(root).href);
    // The real flush goes on; it is only counted.
    const handle = await open(root, 'r');
    const prototype = Object.getPrototypeOf(handle) as Pick<FileHandle, 'sync'>;
    await handle.close();
    const { sync } = prototype;
    prototype.sync = async function (this: FileHandle) {
      flushed += 1;
      await sync.call(this);
    };
    unwatch = () => (prototype.sync = sync);
    flushed = 0;
  });
  afterEach(() => {
    unwatch();
    rmSync(root, { recursive: true, force: true });
  });
  const countOf = async (act: () => Promise<unknown>): Promise<number> => {
    const before = flushed;
    await act();
    return flushed - before;
  };

  it('is every object, its folder, and every folder made for it', async () => {
    for (const key of ['segments/logs/a', 'raw/logs/a', 'ledger/staging/a', 'stagingx/a']) {
      const folders = key.split('/').length;
      assert.equal(await countOf(() => storage.put(key, Buffer.from('1'), { kind: 'absent' })), 1 + folders);
      assert.equal(await countOf(() => storage.put(key, Buffer.from('2'))), 2);
    }
  });

  it('is nothing of what is gone soon and can be computed again, unless there is a condition', async () => {
    const key = 'staging/logs/run/rows';
    assert.equal(await countOf(() => storage.put(key, Buffer.from('1'))), 0);
    assert.equal(await countOf(() => storage.put(key, Buffer.from('2'))), 0);
    const { etag } = await storage.get(key);
    assert.equal(await countOf(() => storage.put(key, Buffer.from('3'), { kind: 'matches', etag })), 2);
    await assert.rejects(storage.put(key, Buffer.from('4'), { kind: 'matches', etag }), {
      code: 'PreconditionFailed',
    });
  });

  it('leaves one whole of many that are staged under one name at once, and nothing else', async () => {
    const bodies = Array.from({ length: 20 }, (_, n) => Buffer.alloc(100_000, n));
    await Promise.all(bodies.map((body) => storage.put('staging/logs/run/rows', body)));
    const { body } = await storage.get('staging/logs/run/rows');
    assert.ok(bodies.some((one) => one.equals(body)));
    assert.deepEqual(readdirSync(join(root, '.tmp')), []);
  });
});
