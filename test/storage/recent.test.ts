import assert from 'node:assert/strict';
import { RecentStorage } from '../../src/storage/recent.js';
import { openStorage } from '../../src/storage/open.js';
import type { Storage } from '../../src/storage/port.js';
import { tempLake, type TempLake } from '../support/lake.js';
import { describeStorageContract } from './contract.js';

const HOUR_MS = 3_600_000;
const isWrittenOnce = (key: string): boolean => key.startsWith('once/');

describe('a storage that remembers what it has just written', () => {
  const lakes: TempLake[] = [];
  afterEach(() => {
    for (const lake of lakes.splice(0)) lake.remove();
  });

  async function open(bytesMax = 1_000, lifeMs = HOUR_MS) {
    const lake = await tempLake();
    lakes.push(lake);
    let reads = 0;
    const counted: Storage = Object.assign(Object.create(lake.storage) as Storage, {
      get: async (...asked: Parameters<Storage['get']>) => {
        reads += 1;
        return await lake.storage.get(...asked);
      },
    });
    return {
      recent: new RecentStorage(counted, { isWrittenOnce, bytesMax, lifeMs }),
      other: await openStorage(lake.uri),
      reads: () => reads,
    };
  }

  describe('is a storage', () =>
    describeStorageContract(async () => {
      const lake = await tempLake();
      lakes.push(lake);
      const options = { isWrittenOnce: () => true, bytesMax: 1_000_000, lifeMs: HOUR_MS };
      return {
        storage: new RecentStorage(lake.storage, options),
        again: () => openStorage(lake.uri),
      };
    }));

  it('does not read it again; anything else it does', async () => {
    const { recent, reads } = await open();
    await recent.put('once/a', Buffer.from('a'));
    await recent.put('other/b', Buffer.from('b'));
    assert.equal((await recent.get('once/a')).body.toString(), 'a');
    assert.equal(reads(), 0);
    assert.equal((await recent.get('other/b')).body.toString(), 'b');
    assert.equal(reads(), 1);
  });

  it('has bytes of its own, whatever becomes of those of the writer', async () => {
    const { recent } = await open();
    const bytes = Buffer.from('bytes');
    await recent.put('once/a', bytes);
    bytes.fill(0);
    assert.equal((await recent.get('once/a')).body.toString(), 'bytes');
  });

  it('forgets what a listing shows otherwise, and what is removed', async () => {
    const { recent, other } = await open();
    await recent.put('once/a', Buffer.from('first'));
    await other.delete(['once/a']);
    await other.put('once/a', Buffer.from('second'));
    for await (const { key } of recent.list('once/')) assert.equal(key, 'once/a');
    assert.equal((await recent.get('once/a')).body.toString(), 'second');
    await recent.put('once/b', Buffer.from('b'));
    await recent.delete(['once/b']);
    await assert.rejects(recent.get('once/b'), { code: 'ObjectNotFound' });
  });

  it('holds no more than it may, and nothing for longer', async () => {
    const { recent } = await open(10);
    const keys = ['once/1', 'once/2', 'once/3'];
    for (const key of keys) await recent.put(key, Buffer.alloc(4));
    await recent.put('once/large', Buffer.alloc(11));
    assert.deepEqual(
      recent.atHand([...keys, 'once/large']).map(({ key }) => key),
      ['once/2', 'once/3'],
    );
    const { recent: brief } = await open(10, -1);
    await brief.put('once/1', Buffer.alloc(4));
    assert.deepEqual(brief.atHand(['once/1']), []);
  });

  it('remembers nothing that was not put in place', async () => {
    const { recent, other } = await open();
    await other.put('once/a', Buffer.from('theirs'));
    await assert.rejects(recent.put('once/a', Buffer.from('ours'), { kind: 'absent' }), {
      code: 'PreconditionFailed',
    });
    assert.equal((await recent.get('once/a')).body.toString(), 'theirs');
  });
});
