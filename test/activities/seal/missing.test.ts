import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { IdSearch } from '../../../src/activities/seal/id-search.js';
import { addHours, type Hour } from '../../../src/dataset/hour.js';
import type { Storage } from '../../../src/storage/port.js';
import { Bench, envelope, envelopes, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from '../bench.js';
import { faulty } from '../faulty-storage.js';

const HOUR = 60 * MINUTE;

describe('missing ids', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const missing = async (hour = HOUR_13) => (await bench.ledger(hour)).ids.missing;

  it('are those between ids of the hour that never came', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [...envelopes(1, 3, T13), ...envelopes(7, 8, T13)]);
    await bench.seal(HOUR_13);
    const { ids, complete } = await bench.ledger(HOUR_13);
    assert.deepEqual(ids, { first: 1, last: 8, missing: [[4, 6]], missingCount: 3 });
    assert.equal(complete, 5 / 8);
  });

  it('count from the last id of the hour before', async () => {
    await bench.archiveAndCarry(T13 - MINUTE, envelopes(1, 3, T13 - HOUR), 'a');
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(6, 8, T13), 'b');
    await bench.sealAll([HOUR_12, HOUR_13]);
    assert.deepEqual([await missing(HOUR_12), await missing()], [[], [[4, 5]]]);
  });

  it('count from the last sealed hour before, years back if need be', async () => {
    const years = T13 - 3 * 365 * 24 * HOUR;
    await bench.archiveAndCarry(years + MINUTE, envelopes(1, 3, years), 'a');
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(5, 6, T13), 'b');
    await bench.sealAll([
      ...(
        await bench.activities.survey({
          dataset: 'logs',
          processedThroughMs: null,
          processed: [],
          untilMs: null,
        })
      ).hours,
    ]);
    assert.deepEqual(await missing(), [[4, 4]]);
  });

  it('are looked at again when the hour before is sealed after the hour', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(6, 8, T13), 'b');
    await bench.sealAll([HOUR_13]);
    assert.deepEqual(await missing(), []);
    await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(1, 3, T13 - HOUR), 'a');
    await bench.sealAll([HOUR_12]);
    const { ids, revision } = await bench.ledger(HOUR_13);
    assert.deepEqual([ids.missing, revision], [[[4, 5]], 1]);
  });

  it('are found again when they come late, without a new revision of the hour that missed them', async () => {
    await bench.archiveAndCarry(T13 - MINUTE, envelopes(1, 3, T13 - HOUR), 'a');
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(6, 8, T13), 'b');
    await bench.sealAll([HOUR_12, HOUR_13]);
    const before = await bench.ledger(HOUR_13);
    await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(4, 5, T13 - MINUTE), 'c');
    await bench.sealAll([HOUR_12]);
    const after = await bench.ledger(HOUR_13);
    assert.deepEqual([after.ids.missing, after.complete], [[], 1]);
    assert.deepEqual([after.revision, after.sealedAt, after.object], [1, before.sealedAt, before.object]);
  });

  it('are not those of a neighbouring hour that is sealed while it is looked into', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [
      envelope(1, T13),
      envelope(2, T13 - MINUTE),
      envelope(3, T13 + 1),
    ]);
    let sealing: Promise<unknown> | undefined;
    const { storage } = faulty(bench.storage);
    const racing = bench.with({
      storage: {
        ...storage,
        get: async (key, bytesMax) => {
          if (key.startsWith(`segments/logs/${HOUR_12}/`)) await (sealing ??= bench.seal(HOUR_12));
          return await storage.get(key, bytesMax);
        },
      },
    });
    await racing.seal(HOUR_13);
    assert.ok(sealing);
    assert.deepEqual([await missing(HOUR_12), await missing()], [[], []]);
  });

  /** Seals `other` at the first listing of `prefix`, before or after what it lists. */
  const sealingAt = (prefix: string, other: typeof HOUR_13, when: 'before' | 'after') => {
    let sealing: Promise<unknown> | undefined;
    const { storage } = faulty(bench.storage);
    const race = async function* <T>(asked: string, listing: AsyncIterable<T>): AsyncGenerator<T> {
      const races = asked === prefix && !sealing;
      if (races && when === 'before') await (sealing = bench.seal(other));
      const found: T[] = [];
      for await (const each of listing) found.push(each);
      if (races && when === 'after') await (sealing = bench.seal(other));
      yield* found;
    };
    return { ...storage, list: (asked, options) => race(asked, storage.list(asked, options)) } as Storage;
  };

  for (const when of ['before', 'after'] as const) {
    it(`are not those of an hour beside, sealed right ${when} its segments are listed`, async () => {
      await bench.archiveAndCarry(T13, envelopes(2, 3, T13 - HOUR), 'b');
      const search = new IdSearch([[1, 4]], LOG_FORM);
      await search.lookInto(sealingAt(`segments/logs/${HOUR_12}/`, HOUR_12, when), 'logs', HOUR_12);
      assert.equal((await bench.ledger(HOUR_12)).landed, 2);
      assert.deepEqual(search.found(), [[2, 3]]);
    });
  }

  it('are not those of an hour beside that came long after, seen in the heads of its segments or in all of one', async () => {
    const far = (n: number) =>
      bench.archive(T13 + 24 * HOUR + n * MINUTE, [envelope(1_000 + n, T13 + 24 * HOUR)]);
    await bench.archiveAndCarry(T13 + MINUTE, [envelope(1, T13), envelope(603, T13)], 'b');
    for (let n = 0; n < 40; n += 1) await far(n);
    const odd = Array.from({ length: 300 }, (_, i) => envelope(2 * i + 2, T13 - HOUR + i));
    await bench.archiveAndCarry(T13 + 26 * HOUR, odd, 'a');
    const even = Array.from({ length: 300 }, (_, i) => envelope(2 * i + 3, T13 + HOUR + i));
    await bench.archiveAndCarry(T13 + 27 * HOUR, even, 'b');
    await bench.seal(HOUR_13);
    // 602 is in neither hour.
    assert.deepEqual(await missing(), [[602, 602]]);
    await bench.seal(HOUR_12);
    await bench.seal(HOUR_14);
    await bench.seal(HOUR_13, { rebuild: true });
    assert.deepEqual(await missing(), [[602, 602]]);
  });

  it('do not have a sealed hour computed again that misses nothing else', async () => {
    for (const back of [2, 1, 0]) {
      const [eventMs, id] = [T13 - back * HOUR, 9 - 3 * back];
      await bench.archiveAndCarry(eventMs + MINUTE, envelopes(id, id + 2, eventMs), String(back));
    }
    for (const hour of ['2023-04-20T11' as typeof HOUR_13, HOUR_13]) await bench.seal(hour);
    assert.deepEqual((await bench.seal(HOUR_12)).settled.recheck, []);
  });

  it('are not those that lie in a neighbouring hour, sealed or not', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [
      envelope(1, T13),
      envelope(2, T13 - MINUTE),
      envelope(3, T13 + 1),
      envelope(4, T13 + HOUR),
      envelope(5, T13 + 2),
    ]);
    await bench.sealAll([HOUR_13]);
    assert.deepEqual(await missing(), []);
    await bench.sealAll([HOUR_12, HOUR_14]);
    assert.deepEqual([await missing(HOUR_12), await missing(), await missing(HOUR_14)], [[], [], []]);
  });

  it('are not those that came hours late, and so lie in an hour far off', async () => {
    const late = envelope(3, T13 - 5 * HOUR);
    await bench.archiveAndCarry(T13 - 3 * HOUR, [envelope(1, T13 - 3 * HOUR)], 'a');
    await bench.archiveAndCarry(T13 + MINUTE, [envelope(2, T13), late, envelope(4, T13)], 'b');
    const hours = ['2023-04-20T08', '2023-04-20T10', '2023-04-20T13'] as (typeof HOUR_13)[];
    await bench.sealAll(hours);
    assert.deepEqual(await missing(), []);
  });

  it('are not those in quarantine, whose hour could be read or not', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [
      envelope(1, T13),
      envelope(2, T13, { activity: 5 }),
      envelope(3, T13, { inDate: 'never' }),
      { recordId: 4, data: 'no token' },
      { recordId: 5 },
      envelope(6, T13),
    ]);
    await bench.seal(HOUR_13);
    assert.deepEqual(await missing(), []);
    assert.equal((await bench.ledger(HOUR_13)).complete, 1);
  });

  it('are nobody’s business where ids are not contiguous', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [envelope(1, T13), envelope(900, T13)]);
    await bench.seal(HOUR_13, { contiguousIds: false });
    assert.deepEqual(await missing(), []);
  });

  it('do not grow beyond all bounds where ids went back', async () => {
    await bench.archiveAndCarry(T13 - MINUTE, envelopes(1_000, 1_002, T13 - HOUR), 'a');
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13), 'b');
    await bench.sealAll([HOUR_12, HOUR_13]);
    assert.deepEqual([await missing(HOUR_12), await missing()], [[], []]);
  });

  it('stand in one ledger each, in whatever order the hours are sealed', async () => {
    const hours: (typeof HOUR_13)[] = [];
    for (const back of [4, 3, 2, 1, 0]) {
      const [eventMs, id] = [T13 - back * HOUR, 20 - 4 * back];
      await bench.archiveAndCarry(eventMs + MINUTE, envelopes(id, id + 2, eventMs), String(back));
      hours.push(addHours(HOUR_13, -back));
    }
    const [first, second, third, fourth, last] = hours as [Hour, Hour, Hour, Hour, Hour];
    await bench.sealAll([first, last, third, second, fourth]);
    const all = () => Promise.all(hours.map((hour) => missing(hour)));
    assert.deepEqual(await all(), [[], [[7, 7]], [[11, 11]], [[15, 15]], [[19, 19]]]);

    const late = [7, 11, 15, 19].map((id) => envelope(id, T13 - 2 * HOUR));
    await bench.archiveAndCarry(T13 + 2 * MINUTE, late, 'x');
    await bench.sealAll([third]);
    assert.deepEqual(await all(), [[], [], [], [], []]);
  });

  it('cost no request to the archive but one for each end of a run where none is missing', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [...envelopes(1, 3, T13 - HOUR), ...envelopes(4, 9, T13)], 'a');
    const watched = faulty(bench.storage);
    await bench.with({ storage: watched.storage }).seal(HOUR_13);
    assert.deepEqual(await missing(), []);
    const raws = watched.calls.filter((call) => call.includes(' raw/'));
    assert.equal(new Set(raws).size, raws.length);
    assert.ok(raws.length <= 3, raws.join(', '));
  });
});
