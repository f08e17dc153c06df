import assert from 'node:assert/strict';
import { createMint, DEMO_KEY, pythonRepr } from '../../../examples/source-server/index.js';
import { makeRecord } from '../../../examples/source-server/record.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { ledgerKey, rawKey, tableKey } from '../../../src/lake/keys.js';
import { auditLake } from '../../../src/inspect/verify/audit-lake.js';
import { Bench, DATASET, envelope, envelopes, HOUR_13, HOUR_14, MINUTE, T13 } from '../bench.js';
import { failsAs } from './fails-as.js';

const EXTRA_KEY = Buffer.alloc(32, 9).toString('base64url');

describe('merge', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const key = tableKey(DATASET, HOUR_13);
  const ledger = () => bench.ledger(HOUR_13);

  it('makes the first revision: rows by id, each once, and a ledger that adds up', async () => {
    const first = await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 6, T13), 'a');
    const second = await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(4, 9, T13 + 3_000), 'b');
    const { merged } = await bench.seal(HOUR_13);
    assert.deepEqual(
      [merged.outcome, merged.revision, merged.landed, merged.rebuilt],
      ['sealed', 1, 9, false],
    );
    const sealed = await ledger();
    assert.deepEqual(await bench.landedIds(HOUR_13), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(
      [sealed.seen, sealed.landed, sealed.duplicates, sealed.quarantined, sealed.late],
      [12, 9, 3, {}, 0],
    );
    assert.deepEqual(sealed.raw, [rawKey(DATASET, first), rawKey(DATASET, second)]);
    assert.deepEqual(sealed.ids, { first: 1, last: 9, missing: [], missingCount: 0 });
    assert.deepEqual(await bench.keys('segments/'), []);
  });

  it('gives the same object whatever the segments and their order', async () => {
    const windows = [envelopes(1, 5, T13), envelopes(3, 8, T13 + 2_000), envelopes(6, 9, T13 + 5_000)];
    const raws: string[] = [];
    for (const [i, window] of windows.entries()) raws.push(await bench.archive(T13 + MINUTE + i, window));
    await bench.carry(raws);
    await bench.seal(HOUR_13);
    const other = await Bench.open();
    try {
      for (const [i, window] of windows.entries()) await other.archive(T13 + MINUTE + i, window);
      for (const [i, raw] of [...raws].reverse().entries()) await other.carry([raw], `slot-${9 - i}`);
      await other.seal(HOUR_13);
      assert.deepEqual(await other.hashes('logs/'), await bench.hashes('logs/'));
    } finally {
      await other.close();
    }
  });

  it('merges late records into the next revision and counts them', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13), 'a');
    await bench.seal(HOUR_13);
    const former = await ledger();
    await bench.archiveAndCarry(T13 + 90 * MINUTE, envelopes(3, 5, T13 + 2_000), 'b');
    const { merged } = await bench.seal(HOUR_13, { sealedAt: '2023-04-20T15:30:00.000Z' });
    assert.deepEqual([merged.revision, merged.landed], [2, 5]);
    const now = await ledger();
    assert.deepEqual([now.late, now.duplicates, now.seen, now.raw.length], [2, 1, 6, 2]);
    assert.notEqual(now.object?.etag, former.object?.etag);
    assert.equal(now.object?.etag, (await bench.storage.head(key))?.etag);
  });

  it('finds nothing to do in an hour without anything', async () => {
    const { merged, settled } = await bench.seal(HOUR_13);
    assert.deepEqual([merged.outcome, merged.rows, settled.ledger], ['nothing', [], null]);
    assert.deepEqual(await bench.keys('ledger/'), []);
  });

  it('only tidies up when a segment brings answers that are known already', async () => {
    const raw = await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13), 'a');
    await bench.seal(HOUR_13);
    const before = { ...(await bench.hashes('ledger/')), ...(await bench.hashes('logs/')) };
    await bench.carry([raw], 'again');
    const { merged } = await bench.seal(HOUR_13, { sealedAt: 'later' });
    assert.equal(merged.outcome, 'nothing');
    assert.deepEqual({ ...(await bench.hashes('ledger/')), ...(await bench.hashes('logs/')) }, before);
    assert.deepEqual(await bench.keys('segments/'), []);
  });

  it('writes no object for an hour whose records are all refused, and counts them', async () => {
    const bad = envelope(1, T13, { activity: 5 });
    await bench.archiveAndCarry(T13 + MINUTE, [bad], 'a');
    await bench.seal(HOUR_13);
    const sealed = await ledger();
    assert.deepEqual([sealed.landed, sealed.quarantined, sealed.object], [0, { 'wrong-type': 1 }, null]);
    assert.deepEqual(await bench.keys('logs/'), []);
    await bench.archiveAndCarry(T13 + 2 * MINUTE, [envelope(2, T13)], 'b');
    await bench.seal(HOUR_13);
    assert.deepEqual(await bench.landedIds(HOUR_13), [2]);
    assert.deepEqual((await ledger()).ids, { first: 1, last: 2, missing: [], missingCount: 0 });
  });

  describe('of the same id with other content', () => {
    const other = (id: number) => envelope(id, T13, { activity: 'other' });

    it('lands the first in the order of the archive and quarantines the other with its envelope', async () => {
      await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 2, T13), 'a');
      const later = await bench.archiveAndCarry(T13 + 2 * MINUTE, [other(1)], 'b');
      await bench.seal(HOUR_13);
      const sealed = await ledger();
      assert.deepEqual([sealed.landed, sealed.quarantined], [2, { 'conflicting-duplicate': 1 }]);
      assert.match((await bench.rows(HOUR_13))[0] ?? '', /"activity":"(view|cart|purchase)"/);
      const [quarantined] = await bench.keys('quarantine/');
      assert.match(quarantined ?? '', new RegExp(later));
    });

    it('rebuilds a sealed hour from the archive when the one that came first is only carried now', async () => {
      const first = await bench.archive(T13 + MINUTE, [other(1)]);
      await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(1, 2, T13), 'b');
      await bench.seal(HOUR_13);
      assert.doesNotMatch((await bench.rows(HOUR_13))[0] ?? '', /other/);
      await bench.carry([first], 'a');
      const { merged } = await bench.seal(HOUR_13);
      assert.deepEqual([merged.rebuilt, merged.revision], [true, 2]);
      assert.match((await bench.rows(HOUR_13))[0] ?? '', /"activity":"other"/);
      assert.deepEqual((await ledger()).quarantined, { 'conflicting-duplicate': 1 });
    });

    it('takes out of quarantine what is a duplicate by now, and leaves what conflicts in another hour', async () => {
      const first = await bench.archive(T13 + MINUTE, [other(1)]);
      await bench.archiveAndCarry(T13 + 2 * MINUTE, [envelope(1, T13), envelope(2, T13 + 60 * MINUTE)], 'b');
      const inNextHour = envelope(2, T13 + 60 * MINUTE, { activity: 'other' });
      const late = await bench.archiveAndCarry(T13 + 3 * MINUTE, [other(1), inNextHour], 'c');
      await bench.sealAll([HOUR_13, HOUR_14]);
      const conflicts = async () => (await bench.quarantined()).map(({ raw, index }) => `${raw} ${index}`);
      assert.deepEqual(await conflicts(), [`${late} 0`, `${late} 1`]);
      await bench.carry([first], 'a');
      await bench.sealAll([HOUR_13]);
      const [of1, of2] = await conflicts();
      assert.notEqual(of1?.split(' ')[0], late);
      assert.deepEqual([of2, (await conflicts()).length], [`${late} 1`, 2]);
      assert.deepEqual([(await ledger()).duplicates, (await ledger()).landed], [1, 1]);
      const { storage } = bench;
      const { form, keyRing } = bench.deps;
      assert.deepEqual(
        (await auditLake({ storage, dataset: DATASET, ring: await keyRing(), form })).findings,
        [],
      );
    });
  });

  describe('of the same record with its keys in another order', () => {
    const swapped = (id: number, eventMs: number): object => {
      const { record } = makeRecord(7, id, id, eventMs);
      const { detail, ...rest } = record;
      const back = <T>(value: Record<string, T>): Record<string, T> =>
        Object.fromEntries(Object.entries(value).reverse());
      return { recordId: id, data: mint(pythonRepr({ detail: back(detail), ...back(rest) }), eventMs) };
    };
    const mint = createMint(DEMO_KEY);

    it('counts a duplicate, within a batch, between answers, and on top of the landed row', async () => {
      const all = [1, 2, 3].map((id) => swapped(id, T13));
      await bench.archiveAndCarry(
        T13 + MINUTE,
        [1, 2, 3].map((id) => envelope(id, T13)),
        'a',
      );
      await bench.archiveAndCarry(T13 + 2 * MINUTE, all, 'b');
      await bench.seal(HOUR_13);
      const object = (await bench.hashes('logs/'))[key];
      await bench.archiveAndCarry(T13 + 3 * MINUTE, [...all].reverse(), 'c');
      await bench.seal(HOUR_13);
      const { seen, landed, duplicates, quarantined } = await ledger();
      assert.deepEqual([seen, landed, duplicates, quarantined], [9, 3, 6, {}]);
      assert.equal((await bench.hashes('logs/'))[key], object);
      assert.deepEqual(await bench.keys('quarantine/'), []);
    });

    it('lands the order that came first in the archive, be it carried last', async () => {
      const first = await bench.archive(T13 + MINUTE, [swapped(1, T13)]);
      await bench.archiveAndCarry(T13 + 2 * MINUTE, [envelope(1, T13)], 'b');
      await bench.seal(HOUR_13);
      await bench.carry([first], 'a');
      const { merged } = await bench.seal(HOUR_13);
      assert.equal(merged.rebuilt, true);
      assert.match((await bench.rows(HOUR_13))[0] ?? '', /^\{"detail":/);
      const { duplicates, quarantined } = await ledger();
      assert.deepEqual([duplicates, quarantined], [1, {}]);
    });
  });

  describe('of an hour that is torn', () => {
    const untouched = async (): Promise<string | undefined> => (await bench.hashes('logs/'))[key];

    it('rebuilds it where the seal died between object and ledger', async () => {
      await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13), 'a');
      const torn = await bench.merge(HOUR_13);
      await bench.place(torn.staging, torn.rows);
      const rows = await untouched();
      await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(4, 7, T13), 'b');
      const { merged } = await bench.seal(HOUR_13);
      assert.deepEqual([merged.rebuilt, merged.revision, merged.landed], [true, 1, 7]);
      assert.notEqual(await untouched(), rows);
      assert.deepEqual(await bench.keys('segments/'), []);
    });

    it('rebuilds it where a later seal died between object and ledger', async () => {
      await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13), 'a');
      await bench.seal(HOUR_13);
      await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(4, 7, T13 + 3_000), 'b');
      const torn = await bench.merge(HOUR_13);
      await bench.place(torn.staging, torn.rows);
      const { merged } = await bench.seal(HOUR_13);
      assert.deepEqual([merged.rebuilt, merged.revision, merged.landed], [true, 2, 7]);
      const sealed = await ledger();
      assert.deepEqual([sealed.late, sealed.seen, sealed.duplicates], [2, 9, 2]);
    });

    for (const [name, damage] of [
      ['is gone', (storage: Bench['storage']) => storage.delete([key])],
      ['was changed', (storage: Bench['storage']) => storage.put(key, Buffer.from('no gzip'))],
    ] as const) {
      it(`rebuilds it where the object ${name}, to the same bytes`, async () => {
        await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13), 'a');
        await bench.seal(HOUR_13);
        const before = await untouched();
        await damage(bench.storage);
        const { merged } = await bench.seal(HOUR_13);
        assert.deepEqual([merged.rebuilt, merged.revision], [true, 2]);
        assert.equal(await untouched(), before);
      });
    }

    it('searches the archive for the hour where its ledger is lost and the segments do not hold it', async () => {
      await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13), 'a');
      await bench.seal(HOUR_13);
      await bench.storage.delete([ledgerKey(DATASET, HOUR_13)]);
      await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(5, 7, T13 + 4_000), 'b');
      const { merged } = await bench.seal(HOUR_13);
      assert.deepEqual([merged.rebuilt, merged.landed], [true, 7]);
      const sealed = await ledger();
      assert.deepEqual([sealed.seen, sealed.duplicates, sealed.raw.length], [8, 1, 2]);
      await bench.storage.delete([ledgerKey(DATASET, HOUR_13)]);
      assert.equal((await bench.seal(HOUR_13)).merged.landed, 7);
    });

    it('never takes rows away where neither ledger nor archive give them', async () => {
      const raw = await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13), 'a');
      await bench.seal(HOUR_13);
      const before = await untouched();
      await bench.storage.delete([ledgerKey(DATASET, HOUR_13), rawKey(DATASET, raw)]);
      await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(5, 7, T13 + 4_000), 'b');
      await assert.rejects(
        bench.seal(HOUR_13),
        failsAs('LakeCorrupt', 'terminal', /hour=13\.json is gone.*restore it/),
      );
      assert.equal(await untouched(), before);
      assert.equal((await bench.keys('segments/')).length, 1);
    });

    it('takes a lost ledger for a seal that died where the segments hold every row', async () => {
      const raw = await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13), 'a');
      await bench.seal(HOUR_13);
      await bench.storage.delete([ledgerKey(DATASET, HOUR_13)]);
      await bench.carry([raw], 'again');
      const { merged } = await bench.seal(HOUR_13);
      assert.deepEqual([merged.rebuilt, merged.landed, merged.revision], [true, 5, 1]);
    });

    it('says which archived answer is gone where one is needed, and leaves everything as it is', async () => {
      const raw = await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 5, T13), 'a');
      await bench.seal(HOUR_13);
      await bench.storage.delete([key, rawKey(DATASET, raw)]);
      await assert.rejects(bench.seal(HOUR_13), failsAs('LakeCorrupt', 'terminal', new RegExp(raw)));
      assert.equal((await ledger()).revision, 1);
    });

    it('takes no rows away because a key has left the ring', async () => {
      const mint = createMint(EXTRA_KEY);
      const ring = createKeyRing([EXTRA_KEY, 't-jdqnDewRx9kWithdsTMS21eLrri70TpkMq2A59jX8=']);
      const rich = bench.with({ keyRing: async () => ring });
      const window = [envelope(1, T13), envelope(2, T13, {}, mint)];
      const raw = await bench.archive(T13 + MINUTE, window);
      await rich.carry([raw]);
      await rich.seal(HOUR_13);
      await bench.storage.delete([key]);
      await assert.rejects(
        bench.seal(HOUR_13),
        failsAs('Configuration', 'terminal', /key [0-9a-f]{8}.*FERNET_KEYS/),
      );
      const { merged } = await rich.seal(HOUR_13);
      assert.equal(merged.landed, 2);
    });
  });
});
