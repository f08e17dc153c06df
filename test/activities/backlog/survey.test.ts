import assert from 'node:assert/strict';
import { addHours } from '../../../src/dataset/hour.js';
import { rawKey, rawPrefix, segmentHourPrefix } from '../../../src/lake/keys.js';
import { Bench, DATASET, envelope, HOUR_12, HOUR_13, MINUTE, T13 } from '../bench.js';
import { withLimit } from '../../support/with-limit.js';

describe('survey', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const survey = (input: Partial<Parameters<Bench['activities']['survey']>[0]> = {}) =>
    bench.activities.survey({
      dataset: DATASET,
      processedThroughMs: 0,
      processed: [],
      untilMs: null,
      ...input,
    });

  it('lists the archive in order of arrival, whatever the order of writing', async () => {
    const times = [T13 + 5, T13 - 1, T13 + 3_600_000, T13 + 4];
    const names = await Promise.all(times.map((ms) => bench.archive(ms, [ms])));
    const { raws, more, processedThroughMs } = await survey();
    assert.deepEqual(raws, [...names].sort());
    assert.equal(raws[0], names[1]);
    assert.deepEqual([more, processedThroughMs], [false, 0]);
  });

  it('begins at the mark, the very millisecond included, and ends before the bound', async () => {
    const names: string[] = [];
    for (const ms of [T13 - 1, T13, T13 + 1, T13 + 2]) names.push(await bench.archive(ms, [ms]));
    const { raws, processedThroughMs } = await survey({ processedThroughMs: T13, untilMs: T13 + 2 });
    assert.deepEqual(raws, names.slice(1, 3));
    assert.equal(processedThroughMs, T13);
  });

  it('passes over what is known by name', async () => {
    const names: string[] = [];
    for (const ms of [T13, T13 + 1, T13 + 2]) names.push(await bench.archive(ms, [ms]));
    const { raws } = await survey({ processedThroughMs: T13, processed: [names[1] ?? ''] });
    assert.deepEqual(raws, [names[0], names[2]]);
  });

  it('lists only the dataset asked for', async () => {
    await bench.archive(T13, [1]);
    assert.deepEqual((await survey({ dataset: 'log' })).raws, []);
    assert.deepEqual((await survey({ dataset: 'logs2', processedThroughMs: null })).raws, []);
  });

  it('passes over files in the archive that are no answers', async () => {
    const name = await bench.archive(T13, [1]);
    for (const stray of [
      `${rawPrefix(DATASET)}README.txt`,
      rawKey(DATASET, name).replace('.json.gz', '.bak'),
    ])
      await bench.storage.put(stray, Buffer.from('stray'));
    await bench.storage.put(`${rawPrefix(DATASET)}.DS_Store`, Buffer.from('stray'));
    assert.deepEqual((await survey()).raws, [name]);
    assert.deepEqual((await survey({ processedThroughMs: null })).raws, [name]);
  });

  it('stops at its limit and says that there is more', () =>
    withLimit('surveyRawsMax', 20, async () => {
      const names: string[] = [];
      for (let i = 0; i < 23; i += 1) names.push(await bench.archive(T13 + i, [i]));
      const first = await survey();
      assert.deepEqual([first.raws, first.more], [names.slice(0, 20), true]);
      const second = await survey({ processed: first.raws });
      assert.deepEqual([second.raws, second.more], [names.slice(20), false]);
    }));

  it('names the hours with unsealed segments, and only those', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [envelope(1, T13 - MINUTE), envelope(2, T13)]);
    assert.deepEqual((await survey()).hours, [HOUR_12, HOUR_13]);
    await bench.seal(HOUR_12);
    assert.deepEqual((await survey()).hours, [HOUR_13]);
  });

  it('names the newest hours of more than one survey may name; the next one finds the others', () =>
    withLimit('surveyHoursMax', 20, async () => {
      const hours = Array.from({ length: 45 }, (_, i) => addHours(HOUR_13, i));
      for (const hour of hours)
        await bench.storage.put(`${segmentHourPrefix(DATASET, hour)}slot-0.json.gz`, Buffer.alloc(0));
      assert.deepEqual((await survey()).hours, hours.slice(25));
    }));

  describe('without a mark', () => {
    const rebuilt = () => survey({ processedThroughMs: null });

    it('finds nothing to do on a new lake', async () => {
      assert.deepEqual(await rebuilt(), { raws: [], more: false, processedThroughMs: 0, hours: [] });
    });

    it('takes a young lake from its beginning', async () => {
      const names: string[] = [];
      for (const ms of [T13, T13 + 7 * 3_600_000, T13 + 23 * 3_600_000])
        names.push(await bench.archive(ms, [ms]));
      const { raws, processedThroughMs } = await rebuilt();
      assert.deepEqual(raws, names);
      assert.equal(processedThroughMs, T13);
    });

    it('goes back a day from the newest answer of an old one, be they years apart', async () => {
      const day = 24 * 3_600_000;
      const newest = T13 + 3 * 365 * day + 17 * MINUTE + 123;
      const old = [T13, T13 + 1, T13 + 40 * day, T13 + 400 * day, newest - day - 10 * MINUTE];
      for (const ms of old) await bench.archive(ms, [ms]);
      const recent: string[] = [];
      for (const ms of [newest - day + 10 * MINUTE, newest - MINUTE, newest])
        recent.push(await bench.archive(ms, [ms]));
      const { raws, processedThroughMs } = await rebuilt();
      assert.deepEqual(raws, recent);
      // The search ends within a minute of the newest one: never after it, which would skip answers.
      assert(processedThroughMs <= newest - day && processedThroughMs > newest - day - 2 * MINUTE);
    });

    it('goes back a day in a lake without a pause', async () => {
      const hour = 3_600_000;
      for (let i = 0; i < 100; i += 1) await bench.archive(T13 + i * hour, [i]);
      const { raws } = await rebuilt();
      assert.equal(raws.length, 25);
    });
  });
});
