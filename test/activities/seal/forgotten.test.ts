import assert from 'node:assert/strict';
import type { Hour } from '../../../src/dataset/hour.js';
import { ledgerKey, segmentsPrefix, tableKey } from '../../../src/lake/keys.js';
import { faulty } from '../faulty-storage.js';
import { Bench, DATASET, envelopes, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from '../bench.js';

/** What `sealHour` does: what is forgotten is carried first, then the hour is merged. Resolves to what was carried so. */
async function sealAccounted(bench: Bench, hour: Hour, throughMs: number): Promise<readonly string[]> {
  const carried: string[] = [];
  for (;;) {
    const { forgotten } = await bench.activities.merge({
      ...bench.scratch(),
      hour,
      contiguousIds: true,
      accountThroughMs: throughMs,
    });
    if (!forgotten) break;
    carried.push(...forgotten);
    await bench.activities.carry({ dataset: DATASET, slot: 'found', n: 0, raws: forgotten });
  }
  await bench.seal(hour);
  return carried;
}

describe('what nobody carried, before an hour is sealed', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const END = T13 + 60 * MINUTE;
  const ids = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const removeUnder = async (prefix: string): Promise<void> => bench.storage.delete(await bench.keys(prefix));
  /** One answer a minute of ten records, each window half new; the records are of that minute. */
  async function poll(from: number, to: number, startMs: number): Promise<string[]> {
    const raws: string[] = [];
    for (let i = from; i < to; i += 1)
      raws.push(
        await bench.archive(
          startMs + i * MINUTE + 30_000,
          envelopes(100 + i * 5, 109 + i * 5, startMs + i * MINUTE),
        ),
      );
    return raws;
  }

  it('is nothing in a healthy lake', async () => {
    await bench.carry(await poll(0, 5, T13), 'a');
    await bench.carry(await poll(5, 10, T13), 'b');
    assert.deepEqual(await sealAccounted(bench, HOUR_13, END), []);
    assert.deepEqual(await bench.landedIds(HOUR_13), ids(100, 154));
  });

  it('is nothing where the hour beside is sealed while its segments are read', async () => {
    const raws = await poll(0, 5, T13 - 2 * MINUTE);
    assert.deepEqual(await bench.carry(raws, 'a'), [HOUR_12, HOUR_13]);
    let sealed = false;
    const sealing = {
      ...faulty(bench.storage).storage,
      get: async (key: string) => {
        if (!sealed && key.startsWith(`${segmentsPrefix(DATASET)}${HOUR_12}`)) {
          sealed = true;
          await bench.seal(HOUR_12);
        }
        return await bench.storage.get(key);
      },
    };
    const merged = await bench.with({ storage: sealing }).activities.merge({
      ...bench.scratch(),
      ...{ hour: HOUR_13, contiguousIds: true, accountThroughMs: END },
    });
    assert.deepEqual([sealed, merged.outcome, merged.forgotten], [true, 'sealed', undefined]);
  });

  it('is carried where all segments were removed while answers came in', async () => {
    await bench.carry(await poll(0, 5, T13), 'a');
    await removeUnder(segmentsPrefix(DATASET));
    await bench.carry(await poll(5, 10, T13), 'b');
    assert.equal((await sealAccounted(bench, HOUR_13, END)).length, 5);
    assert.deepEqual(await bench.landedIds(HOUR_13), ids(100, 154));
    assert.deepEqual((await bench.ledger(HOUR_13)).ids.missing, []);
  });

  it('is carried where the last segments of the hour are gone, and where all are', async () => {
    for (const kept of [['a'], []]) {
      for (const slot of kept) await bench.carry(await poll(0, 5, T13), slot);
      if (kept.length === 0) await poll(0, 5, T13);
      await poll(5, 10, T13);
      assert.equal((await sealAccounted(bench, HOUR_13, END)).length, kept.length > 0 ? 5 : 10);
      assert.deepEqual(await bench.landedIds(HOUR_13), ids(100, 154));
      await bench.close();
      bench = await Bench.open();
    }
  });

  it('is carried where an answer stands with the hour before alone, though it shows this one', async () => {
    const both = await bench.archive(T13 + 10_000, [
      ...envelopes(1, 5, T13 - 10_000),
      ...envelopes(6, 10, T13),
    ]);
    assert.deepEqual(await bench.carry([both], 'a'), [HOUR_12, HOUR_13]);
    await bench.seal(HOUR_12);
    await removeUnder(segmentsPrefix(DATASET));
    await bench.carry([await bench.archive(T13 + MINUTE, envelopes(11, 15, T13 + 30_000))], 'b');
    assert.deepEqual(await sealAccounted(bench, HOUR_13, END), [both]);
    assert.deepEqual(await bench.landedIds(HOUR_13), ids(6, 15));
  });

  it('is carried where the hour before is an older copy: its late answers, and hours that have no ledger any more', async () => {
    const first = await poll(0, 2, T13);
    const later = await poll(2, 4, T13);
    await bench.carry(first, 'a');
    await bench.seal(HOUR_13);
    // Carried, sealed as a second revision, then the lake of before was put over it.
    const next = await bench.archive(END + MINUTE, envelopes(200, 205, END));
    await bench.carry([next], 'b');
    assert.deepEqual(await sealAccounted(bench, HOUR_14, END + 60 * MINUTE), later);
    await bench.seal(HOUR_13);
    assert.deepEqual(await bench.landedIds(HOUR_13), ids(100, 124));
  });

  it('is not asked for again where an hour that is sealed only gets a late answer', async () => {
    await bench.carry(await poll(0, 2, T13), 'a');
    await bench.seal(HOUR_13);
    await poll(2, 3, T13);
    assert.deepEqual(await sealAccounted(bench, HOUR_13, END), []);
  });

  it('is no answer without records, and none that cannot be read', async () => {
    await bench.carry(await poll(0, 5, T13), 'a');
    for (let i = 0; i < 3; i += 1) await bench.archive(T13 + (6 + i) * MINUTE, []);
    assert.deepEqual(await sealAccounted(bench, HOUR_13, END), []);
  });

  it('leaves alone what arrived behind the time that is asked for: it is on its way', async () => {
    await bench.carry(await poll(0, 5, T13), 'a');
    await bench.archive(END + 20 * MINUTE, envelopes(200, 205, END));
    assert.deepEqual(await sealAccounted(bench, HOUR_13, END), []);
  });

  describe('beside an hour that is computed again', () => {
    let late: string;
    let before: [number[], unknown];
    const facts = async (): Promise<typeof before> => {
      const { seen, duplicates, ids, raw } = await bench.ledger(HOUR_13);
      return [await bench.landedIds(HOUR_13), { seen, duplicates, ids, raw }];
    };
    const rebuild = async (hour: Hour): Promise<readonly string[]> => {
      const input = { ...bench.scratch(), hour, contiguousIds: true, rebuild: true };
      return (await bench.activities.merge({ ...input, accountThroughMs: END })).forgotten ?? [];
    };
    const older: [string, Buffer][] = [];

    /** An answer that shows 12 and 13 o'clock, and one of 14 that brings a record of 13 late. */
    beforeEach(async () => {
      const both = [...envelopes(1, 5, T13 - 10_000), ...envelopes(6, 10, T13)];
      await bench.archiveAndCarry(T13 + 10_000, both, 'a');
      await bench.sealAll([HOUR_12, HOUR_13]);
      older.length = 0;
      for (const key of [ledgerKey(DATASET, HOUR_13), tableKey(DATASET, HOUR_13)])
        older.push([key, (await bench.storage.get(key)).body]);
      const shown = [...envelopes(11, 11, T13 + 30_000), ...envelopes(12, 15, END)];
      late = await bench.archiveAndCarry(END + MINUTE, shown, 'b');
      await bench.sealAll([HOUR_13, HOUR_14]);
      before = await facts();
      assert.deepEqual([await rebuild(HOUR_12), await rebuild(HOUR_14)], [[], []]);
    });

    it('are answers whose other hour has lost its ledger and its object', async () => {
      await bench.storage.delete(older.map(([key]) => key));
      for (const hour of [HOUR_12, HOUR_14]) await bench.carry(await rebuild(hour), hour);
      await bench.sealAll([HOUR_13]);
      assert.deepEqual(await facts(), before);
    });

    it('are answers that came late for another hour, of which an older copy was put back', async () => {
      for (const [key, body] of older) await bench.storage.put(key, body);
      assert.deepEqual([await rebuild(HOUR_12), await rebuild(HOUR_14)], [[], [late]]);
      await bench.carry([late], 'again');
      assert.deepEqual(await rebuild(HOUR_14), []);
      await bench.sealAll([HOUR_13]);
      assert.deepEqual(await facts(), before);
    });
  });

  it('tells the hour that is charged with an id of an answer that stands in quarantine alone', async () => {
    const minute = (i: number) => envelopes(100 + i * 5, 104 + i * 5, T13 + i * MINUTE);
    for (const i of [0, 1, 3]) await bench.archiveAndCarry(T13 + (i + 1) * MINUTE, minute(i), `s${i}`);
    await bench.seal(HOUR_13);
    assert.deepEqual((await bench.ledger(HOUR_13)).ids.missing, [[110, 114]]);
    // Long after: nobody has the key of one of them.
    for (let i = 0; i < 40; i += 1)
      await bench.archiveAndCarry(END + i * MINUTE, envelopes(120 + i, 120 + i, END + i * MINUTE), `t${i}`);
    const late = await bench.archiveAndCarry(END + 41 * MINUTE, [{ recordId: 112, data: 'x' }], 'late');
    await bench.archiveAndCarry(END + 42 * MINUTE, envelopes(160, 160, END + 42 * MINUTE), 'next');
    const { draft } = await bench.activities.merge({
      ...bench.scratch(),
      ...{ hour: HOUR_14, contiguousIds: true, accountThroughMs: END + 60 * MINUTE },
    });
    const { recheck } = await bench.activities.settle({
      ...bench.scratch(),
      ...{ hour: HOUR_14, draft, object: null, sealedAt: '2023-04-20T15:05:00.000Z' },
    });
    assert.deepEqual(recheck, [{ hour: HOUR_13, now: true, told: [late] }]);
    await bench.seal(HOUR_13, { rebuild: true, told: recheck[0]!.told });
    assert.deepEqual((await bench.ledger(HOUR_13)).ids.missing, [
      [110, 111],
      [113, 114],
    ]);
  });

  it('finds what only a lost ledger named', async () => {
    await bench.carry(await poll(0, 5, T13), 'a');
    await bench.seal(HOUR_13);
    await bench.storage.delete([ledgerKey(DATASET, HOUR_13), tableKey(DATASET, HOUR_13)]);
    await bench.carry(await poll(5, 6, T13), 'b');
    assert.equal((await sealAccounted(bench, HOUR_13, END)).length, 5);
    assert.deepEqual(await bench.landedIds(HOUR_13), ids(100, 134));
  });
});
