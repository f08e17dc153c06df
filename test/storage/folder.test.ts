import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isFernlakeError } from '../../src/errors.js';
import { openFolder } from '../../src/storage/folder.js';
import { openStorage } from '../../src/storage/open.js';
import type { Storage } from '../../src/storage/port.js';
import { describeStorageContract, keys } from './contract.js';

describe('a lake in a folder', () => {
  let root: string;
  let uri: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    // With what a path may hold and an address must escape.
    root = realpathSync(mkdtempSync(join(tmpdir(), 'fernlake lake#%-')));
    uri = pathToFileURL(root).href;
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child);
    rmSync(root, { recursive: true, force: true });
  });

  describeStorageContract(async () => ({ storage: await openFolder(uri), again: () => openFolder(uri) }));

  describe('read so that the thread waits', () => {
    const openNow = () => openFolder(uri, { readsBlock: true });
    describeStorageContract(async () => ({ storage: await openNow(), again: openNow }));
  });

  const scratch = (): string[] => readdirSync(join(root, '.tmp'));

  async function start(script: string, ...args: string[]): Promise<ChildProcess> {
    const file = fileURLToPath(new URL(`./cases/${script}.js`, import.meta.url));
    const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    if (child.stdout) await once(child.stdout, 'data');
    return child;
  }

  it('is made where it is not, with all folders on the way', async () => {
    const storage = await openFolder(`${uri}/not/yet/`);
    assert.equal(storage.uri, `${uri}/not/yet`);
    await storage.put('a/b', Buffer.from('1'));
    assert(existsSync(join(root, 'not/yet/a/b')));
  });

  it('may itself be behind a symbolic link', async () => {
    mkdirSync(join(root, 'disk'));
    symlinkSync(join(root, 'disk'), join(root, 'lake'));
    const storage = await openFolder(`${uri}/lake`);
    assert.equal(storage.uri, `${uri}/lake`);
    await storage.put('a/b', Buffer.from('1'));
    await storage.delete(['a/b']);
    assert.deepEqual(await keys(storage, ''), []);
  });

  it('keeps no empty folders and no temporary files', async () => {
    const storage = await openFolder(uri);
    const { etag } = await storage.put('a/b/c/d', Buffer.from('1'), { kind: 'absent' });
    await storage.put('a/b/c/d', Buffer.from('2'), { kind: 'matches', etag });
    await storage.put('a/b/c/d', Buffer.from('3'));
    await assert.rejects(storage.put('a/b/c/d', Buffer.from('4'), { kind: 'absent' }));
    assert.deepEqual(scratch(), []);
    await storage.delete(['a/b/c/d']);
    assert.deepEqual(readdirSync(root), ['.tmp']);
    assert.deepEqual(scratch(), []);
  });

  it('reads no folder that lies wholly before startAfter or beside the prefix', async () => {
    const storage = await openFolder(uri);
    for (const key of ['h=1/x', 'h=2/x', 'h=3/x', 'i/x']) await storage.put(key, Buffer.from('1'));
    // Reading a folder sets its access time; relatime does so when it is older than a day.
    const old = new Date(Date.now() - 7 * 24 * 3_600_000);
    const folders = ['h=1', 'h=2', 'h=3', 'i'];
    for (const name of folders) utimesSync(join(root, name), old, old);
    const untouched = (): string[] =>
      folders.filter((name) => Math.abs(statSync(join(root, name)).atimeMs - old.getTime()) < 1_000);
    assert.deepEqual(await keys(storage, 'h=', 'h=2/a'), ['h=2/x', 'h=3/x']);
    if (untouched().length === folders.length) {
      console.warn('    (not seen which folders are read: the file system keeps no access times)');
      return;
    }
    assert.deepEqual(untouched(), ['h=1', 'i']);
  });

  it('deletes no folder, and nothing below a file', async () => {
    const storage = await openFolder(uri);
    for (const key of ['a/b/c', 'a/d']) await storage.put(key, Buffer.from(key));
    await storage.delete(['a', 'a/b', 'a/d/e']);
    assert.deepEqual(await keys(storage, ''), ['a/b/c', 'a/d']);
  });

  it('says a lake that is gone from a lake that is empty', async () => {
    const storage = await openFolder(uri);
    rmSync(root, { recursive: true });
    const gone = (error: unknown): boolean =>
      isFernlakeError(error, 'StorageBusy') && error.kind === 'transient' && /is gone/.test(error.message);
    await assert.rejects(keys(storage, ''), gone);
    await assert.rejects(storage.put('a', Buffer.from('1')), gone);
    assert(!existsSync(root), 'it is not made again: it may be unmounted');
  });

  it('goes on when its scratch folder was tidied away', async () => {
    const storage = await openFolder(uri);
    rmSync(join(root, '.tmp'), { recursive: true });
    await storage.put('a', Buffer.from('1'));
    assert.equal((await storage.get('a')).body.toString(), '1');
  });

  it('never writes or deletes through a symbolic link', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'fernlake-outside-'));
    try {
      writeFileSync(join(outside, 'mine'), 'mine');
      const storage = await openFolder(uri);
      symlinkSync(outside, join(root, 'link'));
      for (const condition of [undefined, { kind: 'absent' } as const]) {
        await assert.rejects(
          storage.put('link/a/b', Buffer.from('1'), condition),
          (error) => isFernlakeError(error, 'StorageDenied') && error.message.includes(outside),
        );
      }
      await assert.rejects(storage.delete(['link/mine']), (error) => isFernlakeError(error, 'StorageDenied'));
      assert.deepEqual(readdirSync(outside), ['mine']);
      assert.deepEqual(scratch(), []);
      symlinkSync(join(outside, 'mine'), join(root, 'file'));
      await storage.put('file', Buffer.from('ours'));
      assert.equal((await storage.get('file')).body.toString(), 'ours');
      assert.equal(statSync(join(outside, 'mine')).size, 4);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('removes from its scratch folder only what bears a name of its own, and nothing through a link', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'fernlake-outside-'));
    try {
      const longAgo = new Date(Date.now() - 2 * 3_600_000);
      const foreign = ['n.txt', 'claim-form.pdf', `claim-${'0'.repeat(32)}-note`, '17-notes', 'folder'];
      const put = (dir: string): void => {
        mkdirSync(join(dir, 'folder'), { recursive: true });
        for (const name of foreign) {
          if (name !== 'folder') writeFileSync(join(dir, name), name);
          utimesSync(join(dir, name), longAgo, longAgo);
        }
      };
      put(join(root, '.tmp'));
      await openFolder(uri);
      assert.deepEqual(scratch(), [...foreign].sort());
      rmSync(join(root, '.tmp'), { recursive: true });
      put(outside);
      writeFileSync(join(outside, `17-${randomUUID()}`), 'by its name one of ours');
      const before = readdirSync(outside);
      symlinkSync(outside, join(root, '.tmp'));
      const denied = (error: unknown): boolean =>
        isFernlakeError(error, 'StorageDenied') && /symbolic link/.test(error.message);
      await assert.rejects(openFolder(uri), denied);
      rmSync(join(root, '.tmp'));
      const storage = await openFolder(uri);
      rmSync(join(root, '.tmp'), { recursive: true });
      symlinkSync(outside, join(root, '.tmp'));
      await assert.rejects(storage.put('a', Buffer.from('1')), denied);
      await assert.rejects(storage.put('staging/a', Buffer.from('1')), denied);
      assert.deepEqual(readdirSync(outside), before);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('opened to be read, makes nothing, sweeps nothing, and is an error where it is not there', async () => {
    for (const name of ['nowhere', 'file']) {
      if (name === 'file') writeFileSync(join(root, name), '');
      await assert.rejects(
        openFolder(`${uri}/${name}`, { readOnly: true }),
        (error) => isFernlakeError(error, 'Configuration') && error.message.includes(join(root, name)),
      );
    }
    assert(!existsSync(join(root, 'nowhere')) && statSync(join(root, 'file')).isFile());
    const storage = await openFolder(uri);
    await storage.put('a', Buffer.from('1'));
    const left = join(root, '.tmp', `17-${randomUUID()}`);
    writeFileSync(left, 'what a dead process left');
    utimesSync(left, new Date(0), new Date(0));
    const reader = await openStorage(uri, { readOnly: true });
    assert.equal((await reader.get('a')).body.toString(), '1');
    await assert.rejects(reader.put('b', Buffer.from('2')), (error) => isFernlakeError(error, 'Bug'));
    await assert.rejects(reader.delete(['a']), (error) => isFernlakeError(error, 'Bug'));
    assert(existsSync(left));
    assert.deepEqual(await keys(reader, ''), ['a', 'file']);
  });

  it('is for its owner alone, whatever the umask', async () => {
    const before = process.umask(0o022);
    try {
      const storage = await openFolder(`${uri}/new/lake`);
      await storage.put('a/b', Buffer.from('1'));
      await storage.put('a/c', Buffer.from('1'), { kind: 'absent' });
      await storage.put('staging/d', Buffer.from('1'));
      const modes = (readdirSync(join(root, 'new'), { recursive: true }) as string[]).map((name) => {
        const stats = statSync(join(root, 'new', name));
        return `${name} ${(stats.mode & 0o777).toString(8)}`;
      });
      assert.deepEqual(modes.sort(), [
        'lake 700',
        'lake/.tmp 700',
        'lake/a 700',
        'lake/a/b 600',
        'lake/a/c 600',
        'lake/staging 700',
        'lake/staging/d 600',
      ]);
    } finally {
      process.umask(before);
    }
  });

  it('counts right when three processes replace the same object at once', async function () {
    this.timeout(60_000);
    const storage = await openFolder(uri);
    await storage.put('n', Buffer.from('0'));
    const workers = await Promise.all([0, 1, 2].map(() => start('count-up', uri, 'n', '40')));
    const codes = await Promise.all(workers.map(exitCode));
    assert.deepEqual(codes, [0, 0, 0]);
    assert.equal((await storage.get('n')).body.toString(), '120');
    assert.deepEqual(scratch(), []);
  });

  it('has no part of an object whose writer was killed, and sweeps what it left after an hour', async function () {
    this.timeout(30_000);
    const storage = await openFolder(uri);
    const { etag } = await storage.put('old', Buffer.from('whole'));
    for (const args of [['new/one'], ['old', etag]]) await kill(await start('put-forever', uri, ...args));
    assert.deepEqual(await keys(storage, ''), ['old']);
    assert.equal((await storage.get('old')).body.toString(), 'whole');
    assert.equal(scratch().length, 2, 'what the killed left');
    await openFolder(uri);
    assert.equal(scratch().length, 2, 'it might yet live');
    const longAgo = new Date(Date.now() - 61 * 60_000);
    for (const name of scratch()) utimesSync(join(root, '.tmp', name), longAgo, longAgo);
    await openFolder(uri);
    assert.deepEqual(scratch(), []);
  });

  it('waits for the claim of a process that lives, and takes over from one that was killed', async function () {
    this.timeout(30_000);
    const storage = await openFolder(uri);
    const { etag } = await storage.put('k', Buffer.from('1'));
    const holder = await start('hold-claim', join(root, '.tmp'), 'k');
    let done = false;
    const put = storage.put('k', Buffer.from('2'), { kind: 'matches', etag }).then(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(done, false);
    await storage.put('other', Buffer.from('free'));
    await kill(holder);
    await put;
    assert.equal((await storage.get('k')).body.toString(), '2');
    assert.deepEqual(scratch(), [], 'the dead claim is gone, too');
  });

  it('removes the claims of the dead when it is opened, and leaves those of the living', async function () {
    this.timeout(30_000);
    await openFolder(uri);
    const dead = await start('hold-claim', join(root, '.tmp'), 'nobody asks for this again');
    await kill(dead);
    const holder = await start('hold-claim', join(root, '.tmp'), 'k');
    assert.equal(scratch().length, 2);
    await openFolder(uri);
    assert.equal(scratch().length, 1);
    await kill(holder);
    await openFolder(uri);
    assert.deepEqual(scratch(), []);
  });

  it('refuses an address that is no folder', async () => {
    for (const wrong of ['file://host/dir', 'folder', 's3://bucket', '/abs']) {
      await assert.rejects(openFolder(wrong), (error) => isFernlakeError(error, 'Configuration'), wrong);
    }
  });

  it('says so when a file stands where the lake or a folder of it should', async () => {
    const storage = await openFolder(uri);
    await storage.put('file', Buffer.from('1'));
    const wrong = (error: unknown): boolean =>
      isFernlakeError(error, 'StorageKey') && error.kind === 'terminal';
    await assert.rejects(storage.put('file/below', Buffer.from('2')), wrong);
    await storage.put('folder/below', Buffer.from('2'));
    await assert.rejects(storage.put('folder', Buffer.from('2')), wrong);
    await assert.rejects(openFolder(`${uri}/file`), (error) => isFernlakeError(error));
    assert.deepEqual(scratch(), []);
  });

  describe('on a file system of its own', () => {
    let mounted: string;

    beforeEach(function () {
      mounted = join(root, 'mount');
      mkdirSync(mounted);
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mounted], { stdio: 'pipe' });
      } catch {
        console.warn(
          '    (skipped: this user may not mount a small tmpfs, so no disk can be filled or made read-only)',
        );
        this.skip();
      }
    });
    afterEach(() => {
      try {
        execFileSync('umount', [mounted], { stdio: 'pipe' });
      } catch {
        // It was never mounted.
      }
    });

    const full = (error: unknown): boolean =>
      isFernlakeError(error, 'StorageFull') &&
      error.kind === 'transient' &&
      /Free some space/.test(error.message);

    it('says that the disk is full, leaves nothing of what did not fit, and goes on once there is space', async () => {
      const storage = await openFolder(pathToFileURL(mounted).href);
      await storage.put('keeps', Buffer.alloc(1_000_000));
      await assert.rejects(storage.put('too/large', Buffer.alloc(3_000_000)), full);
      assert.deepEqual(await keys(storage, ''), ['keeps']);
      assert.deepEqual(readdirSync(join(mounted, '.tmp')), []);
      await storage.delete(['keeps']);
      await storage.put('fits', Buffer.alloc(1_500_000));
    });

    it('says that it may not write where the file system is read-only, at open and later', async () => {
      const storage: Storage = await openFolder(pathToFileURL(mounted).href);
      const { etag } = await storage.put('a/b', Buffer.from('1'));
      execFileSync('mount', ['-o', 'remount,ro', mounted]);
      const denied = (error: unknown): boolean =>
        isFernlakeError(error, 'StorageDenied') &&
        error.kind === 'terminal' &&
        error.message.includes(mounted) &&
        /read-only/.test(error.message);
      await assert.rejects(storage.put('c', Buffer.from('1')), denied);
      await assert.rejects(storage.put('a/b', Buffer.from('1'), { kind: 'matches', etag }), denied);
      await assert.rejects(storage.delete(['a/b']), denied);
      await assert.rejects(openFolder(`${pathToFileURL(mounted).href}/other`), denied);
      assert.equal((await storage.get('a/b')).body.toString(), '1');
    });
  });

  it('says that it may not write into a folder that is not its own', async function () {
    if (process.getuid?.() === 0) {
      console.warn(
        '    (skipped: root may write into any folder; the read-only file system shows the same error)',
      );
      this.skip();
    }
    const storage = await openFolder(uri);
    mkdirSync(join(root, 'theirs'), { mode: 0o500 });
    await assert.rejects(
      storage.put('theirs/a', Buffer.from('1')),
      (error) => isFernlakeError(error, 'StorageDenied') && /owner and mode/.test(error.message),
    );
  });
});

async function exitCode(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await exitCode(child);
}
