import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import pMap from 'p-map';
import { damageIn } from '../../src/lake/damage.js';
import { isFernlakeError } from '../../src/errors.js';
import type { ObjectInfo, Storage } from '../../src/storage/port.js';

const MIB = 1024 * 1024;

/** A lake of its own for every test. `again` opens the same lake anew, as another worker would. */
export interface Lake {
  readonly storage: Storage;
  readonly again: () => Promise<Storage>;
}

/**
 * What every storage must do; run against each adapter, each on its real system. An S3 bucket for it must not be versioned
 * on versitygw 1.8.0, which takes a delete marker for an object: `If-None-Match: *` then fails with 412 after a delete, and
 * `If-Match` of the deleted version goes through. AWS lets the first through and answers the second with 404.
 */
export function describeStorageContract(makeLake: () => Promise<Lake>): void {
  let storage: Storage;
  let again: Lake['again'];

  beforeEach(async () => {
    ({ storage, again } = await makeLake());
  });

  describe('an object', () => {
    it('comes back as it was written, with its size, etag and time', async () => {
      const before = Date.now() - 5_000;
      const written = await storage.put('a/b.json', Buffer.from('hello'));
      const read = await storage.get('a/b.json');
      assert.equal(read.body.toString(), 'hello');
      const { body, ...info } = read;
      assert(Buffer.isBuffer(body));
      assert.equal(info.key, 'a/b.json');
      assert.equal(info.bytes, 5);
      assert.equal(info.etag, written.etag);
      assert(info.modifiedMs > before && info.modifiedMs < Date.now() + 5_000);
      assert.deepEqual(await storage.head('a/b.json'), info);
      assert.deepEqual(await listed(storage, ''), [info]);
      assert.deepEqual(await collect(storage.open('a/b.json')), Buffer.from('hello'));
    });

    it('is seen by another that opened the same lake', async () => {
      await storage.put('k', Buffer.from('1'));
      const other = await again();
      assert.equal(other.uri, storage.uri);
      assert.equal((await other.get('k')).body.toString(), '1');
    });

    it('may be empty', async () => {
      const { bytes } = await storage.put('empty', Buffer.alloc(0));
      assert.equal(bytes, 0);
      assert.equal((await storage.get('empty')).body.length, 0);
      assert.equal((await collect(storage.open('empty'))).length, 0);
      await storage.put('empty-stream', emptyStream());
      assert.equal((await storage.head('empty-stream'))?.bytes, 0);
    });

    it('does not read an object of more bytes than its reader takes, and says which it is', async () => {
      const { etag } = await storage.put('large', Buffer.alloc(1_000));
      assert.equal((await storage.get('large', 1_000)).body.length, 1_000);
      await assert.rejects(storage.get('large', 999), (error: unknown) => {
        assert.deepEqual(damageIn(error), {
          kind: 'damaged',
          key: 'large',
          why: 'it has 1,000 bytes, and fernlake writes no such object of more than 999',
          etag,
        });
        return true;
      });
    });

    it('changes its etag whenever its bytes change, even within a millisecond', async () => {
      const etags = new Set<string>();
      for (let i = 0; i < 30; i++) etags.add((await storage.put('k', Buffer.from(`${i + 100}`))).etag);
      assert.equal(etags.size, 30);
    });

    it('that is not there is undefined to head and ObjectNotFound to get and open', async () => {
      await storage.put('there/it/is', Buffer.from('x'));
      for (const key of ['nowhere', 'no/where', 'there', 'there/it', 'there/it/is/not']) {
        assert.equal(await storage.head(key), undefined, key);
        await assert.rejects(storage.get(key), notFound(key), key);
        await assert.rejects(collect(storage.open(key)), notFound(key), key);
      }
    });

    it('can be as large as it likes, in a stream that is never whole in memory', async function () {
      // Beside other tests on a slow machine it took over a minute.
      this.timeout(180_000);
      const size = 64 * MIB;
      const heldBytes = heldBytesMeter();
      let peakBytes = 0;
      let chunks = 0;
      const watch = (): void => {
        if (chunks++ % 30 === 0) peakBytes = Math.max(peakBytes, heldBytes());
      };
      const info = await storage.put('large', bytesOf(size, watch));
      assert.equal(info.bytes, size);
      assert.equal((await storage.head('large'))?.etag, info.etag);
      const hash = createHash('sha256');
      for await (const chunk of storage.open('large')) {
        hash.update(chunk);
        watch();
      }
      assert.equal(hash.digest('hex'), await hashOf(size));
      assert(peakBytes < 56 * MIB, `${(peakBytes / MIB).toFixed(0)} MiB of ${size / MIB} were held at once`);
    });

    it('can be large in memory, too, and conditional', async function () {
      this.timeout(60_000);
      const bytes = Buffer.alloc(20 * MIB, 'abcdefg');
      const first = await storage.put('large', bytes, { kind: 'absent' });
      await assert.rejects(storage.put('large', bytes, { kind: 'absent' }), preconditionFailed('large'));
      const second = await storage.put('large', bytesOf(20 * MIB), { kind: 'matches', etag: first.etag });
      await assert.rejects(
        storage.put('large', bytesOf(20 * MIB), { kind: 'matches', etag: first.etag }),
        preconditionFailed('large'),
      );
      assert.equal((await storage.head('large'))?.etag, second.etag);
    });

    it('is not touched by a body that fails midway, whose error comes out as it is', async function () {
      this.timeout(60_000);
      await storage.put('k', Buffer.from('before'));
      for (const size of [10, 20 * MIB]) {
        const thrown = new RangeError('the source broke');
        const body = async function* (): AsyncGenerator<Uint8Array> {
          yield* bytesOf(size);
          throw thrown;
        };
        for (const key of ['k', 'new/one']) {
          await assert.rejects(storage.put(key, body()), (error) => error === thrown);
        }
      }
      assert.equal((await storage.get('k')).body.toString(), 'before');
      assert.deepEqual(await keys(storage, ''), ['k']);
    });
  });

  describe('a condition', () => {
    it('absent creates once', async () => {
      await storage.put('k', Buffer.from('1'), { kind: 'absent' });
      await assert.rejects(storage.put('k', Buffer.from('2'), { kind: 'absent' }), preconditionFailed('k'));
      assert.equal((await storage.get('k')).body.toString(), '1');
    });

    it('matches replaces only the version that it names', async () => {
      const first = await storage.put('k', Buffer.from('1'));
      const second = await storage.put('k', Buffer.from('2'), { kind: 'matches', etag: first.etag });
      await assert.rejects(
        storage.put('k', Buffer.from('3'), { kind: 'matches', etag: first.etag }),
        preconditionFailed('k'),
      );
      assert.equal((await storage.get('k')).body.toString(), '2');
      assert.notEqual(first.etag, second.etag);
    });

    it('matches does not create what is not there', async () => {
      const { etag } = await storage.put('gone', Buffer.from('1'));
      await storage.delete(['gone']);
      for (const key of ['gone', 'never/was']) {
        await assert.rejects(
          storage.put(key, Buffer.from('2'), { kind: 'matches', etag }),
          preconditionFailed(key),
        );
      }
      assert.deepEqual(await keys(storage, ''), []);
    });

    it('absent has one winner of 20, and what stands is what the winner wrote', async function () {
      this.timeout(30_000);
      const other = await again();
      for (let round = 0; round < 5; round++) {
        const key = `race/${round}`;
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, i) =>
            (i % 2 ? storage : other).put(key, Buffer.from(writer(round, i)), { kind: 'absent' }),
          ),
        );
        await assertOneWinner(storage, key, round, results);
      }
    });

    it('matches has one winner of 20, and what stands is what the winner wrote', async function () {
      this.timeout(30_000);
      const other = await again();
      let { etag } = await storage.put('k', Buffer.from('first'));
      for (let round = 0; round < 5; round++) {
        const condition = { kind: 'matches', etag } as const;
        const results = await Promise.allSettled(
          Array.from({ length: 20 }, (_, i) =>
            (i % 2 ? storage : other).put('k', Buffer.from(writer(round, i)), condition),
          ),
        );
        etag = await assertOneWinner(storage, 'k', round, results);
      }
    });
  });

  describe('a listing', () => {
    it('goes by the bytes of the whole key, of which a slash is one', async () => {
      const made = ['a-b', 'a.b/c', 'a/b', 'a/b-c', 'a0', 'B', 'é', 'z', 'ￜ', '😀', 'a/b0/c'];
      for (const key of made) await storage.put(key, Buffer.from(key));
      const sorted = [...made].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(await keys(storage, ''), sorted);
      for (const prefix of ['a', 'a/', 'a/b', 'a.', 'x', 'é', 'a/b0/c', 'a/b0/c/']) {
        assert.deepEqual(
          await keys(storage, prefix),
          sorted.filter((key) => key.startsWith(prefix)),
          prefix,
        );
      }
      for (const startAfter of [...sorted, 'a', 'a/', 'a/b!', '~', '\u{10ffff}']) {
        const after = sorted.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(startAfter)) > 0);
        assert.deepEqual(await keys(storage, '', startAfter), after, startAfter);
        assert.deepEqual(
          await keys(storage, 'a/', startAfter),
          after.filter((key) => key.startsWith('a/')),
          startAfter,
        );
      }
    });

    it('has every key of more than 1,000, and can go on after any of them', async function () {
      this.timeout(60_000);
      const made = Array.from({ length: 1_100 }, (_, i) => `raw/h=${i % 7}/${String(i).padStart(5, '0')}.gz`);
      await pMap(made, (key) => storage.put(key, Buffer.from(key)), { concurrency: 16 });
      const sorted = made.toSorted();
      assert.deepEqual(await keys(storage, 'raw/'), sorted);
      assert.deepEqual(await keys(storage, 'raw/', sorted[1_050]), sorted.slice(1_051));
      await storage.delete(made);
      assert.deepEqual(await keys(storage, ''), []);
    });

    it('of nothing is empty', async () => {
      assert.deepEqual(await keys(storage, ''), []);
      assert.deepEqual(await keys(storage, 'no/such/prefix'), []);
    });

    it('can be left early', async () => {
      for (const key of ['a', 'b', 'c']) await storage.put(key, Buffer.from(key));
      for await (const { key } of storage.list('')) {
        assert.equal(key, 'a');
        break;
      }
    });
  });

  describe('a key', () => {
    it('may hold blanks, signs and letters of any script', async () => {
      const odd = [
        'a b/c d',
        'a+b/c=d&e?f#g',
        '100%/%41/%2F',
        'ü/日本語/😀',
        'quote\'"`/<xml>&amp;',
        'back\\slash',
        'a:b*c|d~e!f@g$h^i(j)k,l;m{n}o[p]',
        `${'n'.repeat(255)}/x`,
        'a..b/..c/...',
      ];
      for (const key of odd) await storage.put(key, Buffer.from(key));
      for (const key of odd) {
        assert.equal((await storage.get(key)).body.toString(), key);
        assert.equal((await storage.head(key))?.bytes, Buffer.byteLength(key));
        assert.deepEqual(await keys(storage, key), [key]);
      }
      assert.deepEqual(new Set(await keys(storage, '')), new Set(odd));
      await storage.delete(odd);
      assert.deepEqual(await keys(storage, ''), []);
    });

    it('that not every lake could hold is refused before anything is done', async () => {
      const bad = ['', '/a', 'a/', 'a//b', '.', '..', 'a/../../b', './a', 'a\0b', 'a\nb', '\ud800', '.tmp/x'];
      for (const key of [...bad, 'n'.repeat(256), `${'long/'.repeat(250)}x`]) {
        const refused = (error: unknown): boolean =>
          isFernlakeError(error, 'StorageKey') && error.kind === 'terminal';
        await assert.rejects(storage.put(key, Buffer.from('x')), refused, key);
        await assert.rejects(storage.get(key), refused, key);
        await assert.rejects(storage.head(key), refused, key);
        await assert.rejects(storage.delete([key]), refused, key);
        await assert.rejects(collect(storage.open(key)), refused, key);
      }
    });
  });

  it('deletes what is there and minds not what is not', async () => {
    await storage.put('a/b/c', Buffer.from('1'));
    await storage.put('a/d', Buffer.from('2'));
    await storage.delete(['a/b/c', 'never/was']);
    assert.deepEqual(await keys(storage, ''), ['a/d']);
    await storage.delete([]);
    await storage.delete(['a/b/c', 'a/d']);
    assert.deepEqual(await keys(storage, ''), []);
  });

  it('puts into a prefix while others empty it', async function () {
    this.timeout(30_000);
    await Promise.all(
      Array.from({ length: 8 }, async (_, name) => {
        for (let i = 0; i < 15; i++) {
          const key = `deep/er/and/deeper/${name}`;
          await storage.put(key, Buffer.from(`${i}`), i % 2 ? { kind: 'absent' } : undefined);
          assert.equal((await storage.get(key)).body.toString(), `${i}`);
          await storage.delete([key]);
        }
      }),
    );
    assert.deepEqual(await keys(storage, ''), []);
  });
}

const notFound =
  (key: string) =>
  (error: unknown): boolean =>
    isFernlakeError(error, 'ObjectNotFound') && error.kind === 'terminal' && error.details['key'] === key;

const preconditionFailed =
  (key: string) =>
  (error: unknown): boolean =>
    isFernlakeError(error, 'PreconditionFailed') && error.message.includes(key);

/** No two writes alike: S3's etag is of the content, so whoever writes what stands already leaves the version as it is. */
const writer = (round: number, i: number | undefined): string => `writer ${i} of round ${round}`;

async function assertOneWinner(
  storage: Storage,
  key: string,
  round: number,
  results: PromiseSettledResult<ObjectInfo>[],
): Promise<string> {
  const won = results.flatMap((result, i) =>
    result.status === 'fulfilled' ? [{ i, info: result.value }] : [],
  );
  for (const result of results) {
    if (result.status === 'rejected') assert(preconditionFailed(key)(result.reason), String(result.reason));
  }
  assert.equal(won.length, 1, `${won.length} won`);
  const stands = await storage.get(key);
  assert.equal(stands.body.toString(), writer(round, won[0]?.i));
  assert.equal(stands.etag, won[0]?.info.etag);
  return stands.etag;
}

async function listed(storage: Storage, prefix: string, startAfter?: string): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const info of storage.list(prefix, startAfter === undefined ? {} : { startAfter }))
    found.push(info);
  return found;
}

export async function keys(storage: Storage, prefix: string, startAfter?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const key of storage.keys(prefix, startAfter === undefined ? {} : { startAfter }))
    found.push(key);
  assert.deepEqual(
    (await listed(storage, prefix, startAfter)).map(({ key }) => key),
    found,
  );
  return found;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function* emptyStream(): AsyncGenerator<Uint8Array> {
  // Nothing.
}

/** `size` bytes, no two chunks alike, in chunks that fit no part size. */
async function* bytesOf(size: number, watch?: () => void): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < size; n++) {
    const chunk = Buffer.alloc(Math.min(300_007, size - at), `chunk ${n} `);
    at += chunk.length;
    yield chunk;
    watch?.();
  }
}

/** Bytes of buffers held since now, without garbage. */
function heldBytesMeter(): () => number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const held = (): number => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const base = held();
  return () => held() - base;
}

async function hashOf(size: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of bytesOf(size)) hash.update(chunk);
  return hash.digest('hex');
}
