import assert from 'node:assert/strict';
import { stage } from '../../../src/activities/staging.js';
import { rewriteQuarantine } from '../../../src/activities/upload/quarantine.js';
import { gunzip, gzip } from '../../../src/bytes/gzip.js';
import { quarantineKey, segmentKey, tableKey } from '../../../src/lake/keys.js';
import { encodeBundle, type Part } from '../../../src/activities/partition/bundle.js';
import type { ObjectPart } from '../../../src/activities/parts.js';
import { addConflicts, decodeQuarantine, encodeQuarantine } from '../../../src/lake/quarantine-entry.js';
import type { QuarantineEntry } from '../../../src/dataset/reason.js';
import type { Storage } from '../../../src/storage/port.js';
import { Bench, DATASET, HOUR_13 } from '../bench.js';
import { failsAs } from '../seal/fails-as.js';
import { busy, denied, faulty, once } from '../faulty-storage.js';

describe('upload', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const bundleOf = async (...parts: Part[]) => ({
    bundle: await stage(bench.storage, 'staging/logs/x/bundle', encodeBundle(parts), parts.length),
  });
  const segment = (text: string, n = 0): Part => ({
    ...{ kind: 'segment', hour: HOUR_13, slot: 'slot', n },
    bytes: Buffer.from(text),
  });
  const uploadSegment = async (text: string) =>
    await bench.activities.upload({ dataset: DATASET, ...(await bundleOf(segment(text))) });
  const packed = (id: number): Promise<Buffer> => gzip(Buffer.from(`{"record_id":${id}}\n`));
  /** An object with one row. */
  const object = async (id: number, replaces: string | null): Promise<ObjectPart> => ({
    ...{ kind: 'object', hour: HOUR_13, replaces, holds: { firstId: id, lastId: id } },
    ref: await stage(bench.storage, 'staging/logs/x/rows', await packed(id), 1),
  });
  const uploadObject = async (id: number, replaces: string | null) =>
    await bench.activities.upload({ dataset: DATASET, rows: [await object(id, replaces)] });
  const stands = async () => (await bench.storage.get(key)).body;
  const text = async (key: string) => (await bench.storage.get(key)).body.toString();
  const key = tableKey(DATASET, HOUR_13);

  it('never overwrites a segment: other bytes get the next name, the same bytes none', async () => {
    await uploadSegment('one');
    await uploadSegment('two');
    await uploadSegment('one');
    await uploadSegment('two');
    const keys = await bench.keys('segments/');
    assert.deepEqual(
      keys,
      [0, 1].map((n) => segmentKey(DATASET, HOUR_13, 'slot', n)),
    );
    assert.deepEqual(await Promise.all(keys.map(text)), ['one', 'two']);
  });

  it('puts an object where there is none, and is content to find it there on a retry', async () => {
    const first = await uploadObject(1, null);
    assert.equal(first.object?.key, key);
    assert.equal(first.bytes, (await packed(1)).length);
    assert.deepEqual(await uploadObject(1, null), first);
  });

  it('replaces exactly the object that was merged', async () => {
    const first = await uploadObject(1, null);
    const second = await uploadObject(2, first.object?.etag ?? '');
    assert.deepEqual(await stands(), await packed(2));
    // The answer to the first attempt got lost: what stands there is its own work.
    assert.deepEqual(await uploadObject(2, first.object?.etag ?? ''), second);
    await assert.rejects(
      uploadObject(3, first.object?.etag ?? ''),
      failsAs('LedgerConflict', 'terminal', /merged again/),
    );
    await assert.rejects(uploadObject(3, null), failsAs('LedgerConflict', 'terminal'));
    assert.deepEqual(await stands(), await packed(2));
  });

  it('hears of its own success on the retry when the answer got lost', async () => {
    const rows = [await object(1, null)];
    const lost = once(
      ({ operation, when, key: at }) => operation === 'put' && when === 'after' && at === key,
      busy,
    );
    const shaky = bench.with({ storage: faulty(bench.storage, lost).storage });
    const run = () => shaky.activities.upload({ dataset: DATASET, rows });
    await assert.rejects(run(), failsAs('StorageBusy', 'transient'));
    const { object: placed } = await run();
    assert.equal(placed?.etag, (await bench.storage.head(key))?.etag);
  });

  it('ends at once where the store refuses, and says so', async () => {
    const one = await bundleOf(segment('one'));
    const { storage } = faulty(bench.storage, ({ operation }) =>
      operation === 'put' ? denied() : undefined,
    );
    await assert.rejects(
      bench.with({ storage }).activities.upload({ dataset: DATASET, ...one }),
      failsAs('StorageDenied', 'terminal'),
    );
  });

  describe('to quarantine', () => {
    const addToQuarantine = (storage: Storage, key: string, entries: readonly QuarantineEntry[]) =>
      rewriteQuarantine(
        storage,
        key,
        (stored) => addConflicts(stored, entries),
        () => Promise.resolve([entry(0, 'undecryptable')]),
      );
    const raw = '20230420T130000.000Z-0123456789ab';
    const entry = (index: number, reason: QuarantineEntry['reason'], detail = 'why'): QuarantineEntry => ({
      reason,
      detail,
      raw,
      index,
      envelope: { recordId: index },
    });
    const at = quarantineKey(DATASET, raw);
    const stored = async () =>
      decodeQuarantine((await gunzip((await bench.storage.get(at)).body, 1e6)).toString());
    const uploadEntries = async (...entries: QuarantineEntry[]) => {
      const bytes = Buffer.from(encodeQuarantine(entries));
      await bench.activities.upload({
        dataset: DATASET,
        ...(await bundleOf({ kind: 'quarantine', raw, bytes })),
      });
    };

    it('adds to what is there, in order of position, and keeps what the seal found', async () => {
      await addToQuarantine(bench.storage, at, [entry(5, 'conflicting-duplicate')]);
      await uploadEntries(entry(9, 'bad-time'), entry(1, 'undecryptable'));
      assert.deepEqual(
        (await stored()).map(({ index, reason }) => [index, reason]),
        [
          [1, 'undecryptable'],
          [5, 'conflicting-duplicate'],
          [9, 'bad-time'],
        ],
      );
    });

    it('writes nothing when it has nothing new to say', async () => {
      await uploadEntries(entry(1, 'bad-time'));
      const before = await bench.storage.head(at);
      await uploadEntries(entry(1, 'bad-time'));
      assert.deepEqual(await bench.storage.head(at), before);
    });

    it('loses no entry of two that add at once', async () => {
      await Promise.all(
        Array.from({ length: 6 }, (_, i) => addToQuarantine(bench.storage, at, [entry(i, 'bad-time')])),
      );
      assert.deepEqual(
        (await stored()).map(({ index }) => index),
        [0, 1, 2, 3, 4, 5],
      );
    });

    it('gives up for now when the object changes under it all the time', async () => {
      await addToQuarantine(bench.storage, at, [entry(0, 'bad-time')]);
      const { storage } = faulty(bench.storage);
      let n = 0;
      const restless = {
        ...storage,
        put: async (k: string, body: Buffer, condition?: never) => {
          await bench.storage.put(
            at,
            await gzip(Buffer.from(`${JSON.stringify(entry(100 + n++, 'bad-time'))}\n`)),
          );
          return await bench.storage.put(k, body, condition);
        },
      };
      await assert.rejects(addToQuarantine(restless, at, [entry(1, 'bad-time')]), {
        code: 'StorageBusy',
        kind: 'transient',
      });
      assert.equal(n, 10);
    });

    it('makes a stored object that is damaged anew, from what the answer is refused for now', async () => {
      await bench.storage.put(at, Buffer.from('no gzip'));
      await uploadEntries(entry(1, 'bad-time'));
      assert.deepEqual(await stored(), [entry(1, 'bad-time')]);
    });
  });
});
