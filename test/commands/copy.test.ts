import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { openStorage } from '../../src/storage/open.js';
import type { Storage } from '../../src/storage/port.js';
import { useAwsEnv } from '../support/aws-env.js';
import { Bench, envelope, envelopes, HOUR_12, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { keysUnder, tempLake } from '../support/lake.js';
import { s3ServerOrSkip, type S3Server } from '../support/s3-server.js';
import { until } from '../support/until.js';
import { BIN, fernlake, type Outcome, spawnFernlake } from './fernlake.js';

interface Counts {
  readonly objects: number;
  readonly copied: number;
  readonly same: number;
  readonly extra: number;
}

/** Starts processes of `fernlake copy` and `fernlake verify`, and an S3 server. */
describe('fernlake copy', function () {
  this.timeout(60_000);
  let work: string;
  let bench: Bench;
  let lake: { readonly dir: string; readonly uri: string; readonly storage: Storage };

  before(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), 'fernlake-copy-'));
    bench = await Bench.open();
    const { storage } = bench;
    lake = { dir: path.join(bench.dir, 'lake'), uri: storage.uri, storage };
    // Something of everything: two sealed hours that share an answer, a record in quarantine, a segment of an open hour.
    const first = [...envelopes(1, 6, T13 - 3_000), envelope(7, T13 + MINUTE, { activity: 5 })];
    await bench.archiveAndCarry(T13 + 2 * MINUTE, first, 'a');
    await bench.archiveAndCarry(T13 + 3 * MINUTE, envelopes(5, 9, T13 + 1_000), 'b');
    await bench.sealAll([HOUR_12, HOUR_13]);
    await bench.archiveAndCarry(T13 + 70 * MINUTE, envelopes(10, 12, T13 + 65 * MINUTE), 'c');
    await lake.storage.put('staging/logs/run/blob', Buffer.from('scratch'));
  });
  after(async () => {
    await bench?.close();
    rmSync(work, { recursive: true, force: true });
  });

  const run = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
    fernlake(args, { cwd: work, env: { FERNET_KEYS: DEMO_KEY, ...more } });
  const counts = async (
    args: readonly string[],
    more?: Readonly<Record<string, string>>,
  ): Promise<Counts> => {
    const { code, stdout, stderr } = await run(['copy', ...args, '--json'], more);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as Counts;
  };
  const newFolder = (): string => path.join(work, randomUUID());

  it('makes the same lake in another folder, of which verify has nothing to say', async () => {
    const to = newFolder();
    const wanted = (await keysUnder(lake.storage, '')).filter((key) => !key.startsWith('staging/'));
    assert.equal((await counts([lake.uri, to])).copied, wanted.length);
    await assertSame(lake.storage, await openStorage(pathToFileURL(to).href), wanted);
    const { code, stdout } = await run(['verify'], { FERNLAKE_LAKE: pathToFileURL(to).href });
    assert.equal(code, 0, stdout);
  });

  it('copies again only what is not there with the same bytes, and removes nothing', async () => {
    const to = newFolder();
    const { objects } = await counts([lake.dir, to]);
    const copy = await openStorage(pathToFileURL(to).href);
    const [raw = '', other = ''] = await keysUnder(copy, 'raw/');
    const turned = (await copy.get(raw)).body.map((byte) => byte ^ 1);
    await copy.put(raw, turned);
    await copy.delete([other]);
    await copy.put('notes/mine', Buffer.from('hello'));
    const again = await counts([lake.dir, to]);
    assert.deepEqual([again.copied, again.same, again.extra], [2, objects - 2, 1]);
    assert.deepEqual((await copy.get(raw)).body, (await lake.storage.get(raw)).body);
    assert.deepEqual(await keysUnder(copy, 'notes/'), ['notes/mine']);
  });

  it('takes the part that --only names, and writes nothing with --dry-run', async () => {
    const to = newFolder();
    const raws = await keysUnder(lake.storage, 'raw/');
    const dry = await run(['copy', lake.uri, to, '--only', 'raw/', '--dry-run']);
    assert.match(dry.stdout, new RegExp(`to copy +${raws.length} [^]*Nothing was written`));
    assert.throws(() => readFileSync(to), { code: 'ENOENT' });
    await counts([lake.uri, to, '--only', 'raw/']);
    assert.deepEqual(await keysUnder(await openStorage(pathToFileURL(to).href), ''), raws);
  });

  it('goes on where a kill -9 cut it off, and was never worse than torn', async () => {
    const many = await tempLake();
    const to = newFolder();
    try {
      for (const folder of ['raw', 'logs', 'ledger'])
        for (let i = 0; i < 150; i += 1)
          await many.storage.put(`${folder}/${String(i).padStart(3, '0')}`, Buffer.alloc(40_000, i));
      const child = spawnFernlake(['copy', many.dir, to], { cwd: work });
      mkdirSync(to);
      const copy = await openStorage(pathToFileURL(to).href);
      await until('it has begun with the tables', async () => (await keysUnder(copy, 'logs/')).length > 0);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      const left = await keysUnder(copy, '');
      assert(left.length < 450, `${left.length} of 450: it was done before it was killed`);
      assert.equal(left.filter((key) => key.startsWith('raw/')).length, 150);
      assert.deepEqual(
        left.filter((key) => key.startsWith('ledger/')),
        [],
      );
      const again = await counts([many.dir, to]);
      assert.deepEqual([again.objects, again.copied], [450, 450 - left.length]);
      await assertSame(many.storage, copy, await keysUnder(many.storage, ''));
    } finally {
      many.remove();
    }
  });

  it('shows on a terminal how far it is, and nowhere else', async function () {
    const args = [BIN, 'copy', lake.dir, newFolder()].map((each) => `'${each}'`).join(' ');
    // util-linux's script(1) runs it on a terminal of its own.
    const child = spawnSync('script', ['-qec', `'${process.execPath}' ${args}`, '/dev/null'], {
      cwd: work,
      encoding: 'utf8',
    });
    if (process.platform !== 'linux' || child.error) {
      console.warn('      SKIPPED: the progress of copy is looked at through script(1) of util-linux');
      return this.skip();
    }
    assert.equal(child.status, 0, child.stdout);
    assert.match(child.stdout, /raw\S* \d+ objects seen, \d+ copied \(\d/);
    const { stdout, stderr } = await run(['copy', lake.dir, newFolder()]);
    assert.doesNotMatch(stdout + stderr, /objects seen/);
  });

  it('says what is wrong with its arguments, with exit code 2', async () => {
    const file = path.join(work, 'file');
    writeFileSync(file, '');
    const cases: [string[], RegExp][] = [
      [[lake.uri], /missing required argument 'to'/],
      [[lake.uri, lake.uri], /one place/],
      [[lake.dir, `${lake.uri}/inner`], /one lies in the other/],
      [[path.join(work, 'nowhere'), newFolder()], /there is no folder .*nowhere/],
      [[lake.uri, 'ftp://host/lake'], /TO \(ftp:.* must be file:\/\/\/absolute\/directory or s3:/],
      [[lake.uri, newFolder(), '--only', 'staging/logs/'], /never copied/],
      [[lake.uri, newFolder(), '--only', 'rwa/'], /nothing in .* that begins with "rwa\/"/],
    ];
    const outcomes = await Promise.all(cases.map(([args]) => run(['copy', ...args])));
    outcomes.forEach(({ code, stderr }, i) => {
      assert.equal(code, 2, stderr);
      assert.match(stderr, cases[i]?.[1] ?? /never/);
    });
  });

  describe('with S3', () => {
    let server: S3Server;
    let restore: (() => void) | undefined;

    before(async function () {
      this.timeout(600_000);
      server = await s3ServerOrSkip(this);
      restore = useAwsEnv(server.env);
    });
    after(async () => {
      restore?.();
      await server?.stop();
    });

    it('carries a lake there and back as it stands, and reads no object to see that it is there', async () => {
      const bucket = `s3://${server.bucket}/moved/lake`;
      const back = newFolder();
      await lake.storage.put('logs/large', Buffer.alloc(20_000_000, 'fernlake'));
      const { objects } = await counts([lake.uri, bucket], server.env);
      const readBefore = await reads(server);
      assert.deepEqual((await counts([lake.uri, bucket], server.env)).same, objects);
      // The large one went up in parts: its etag says nothing of its bytes. And lake.json: whether it is the same lake.
      assert.equal((await reads(server)) - readBefore, 2);
      await counts([bucket, back], server.env);
      await lake.storage.delete(['logs/large']);
      const keys = (await keysUnder(lake.storage, '')).filter((key) => !key.startsWith('staging/'));
      await assertSame(lake.storage, await openStorage(pathToFileURL(back).href), keys);
      const remote = await openStorage(bucket, { forcePathStyle: true });
      await assertSame(lake.storage, remote, keys);
      await remote.delete(['logs/large']);
      const { code, stdout } = await run(['verify'], { ...server.env, FERNLAKE_LAKE: bucket });
      assert.equal(code, 0, stdout);
    });

    it('says with exit code 2 that there is no such bucket', async () => {
      const { code, stderr } = await run(['copy', lake.uri, 's3://no-such-bucket'], server.env);
      assert.equal(code, 2);
      assert.match(stderr, /no bucket no-such-bucket/);
    });
  });
});

async function reads(server: S3Server): Promise<number> {
  return (await server.requests()).filter(({ operation }) => operation === 'GetObject').length;
}

async function assertSame(from: Storage, to: Storage, keys: readonly string[]): Promise<void> {
  assert(keys.length > 0);
  for (const key of keys) {
    assert((await from.get(key)).body.equals((await to.get(key)).body), key);
  }
}
