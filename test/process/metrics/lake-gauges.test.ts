import { valueOfMetric } from '../../support/metric-value.js';
import assert from 'node:assert/strict';
import { addHours, type Hour, hourEndMs, parseHour } from '../../../src/dataset/hour.js';
import { ledgerKey, segmentsPrefix } from '../../../src/lake/keys.js';
import { decodeLedger, encodeLedger } from '../../../src/lake/ledger.js';
import { createLakeGauges } from '../../../src/process/metrics/lake-gauges.js';
import { createMetrics } from '../../../src/process/metrics/metrics.js';
import type { Storage } from '../../../src/storage/port.js';
import { writeLedgers } from '../../inspect/report/ledgers.js';
import { tempLake, type TempLake } from '../../support/lake.js';

const HOUR = parseHour('2023-04-20T13') ?? assert.fail();
const IDLE_MS = 1;

describe('the gauges of a lake', () => {
  let lake: TempLake;
  before(async () => (lake = await tempLake()));
  after(() => lake.remove());

  /** Unix time in s at which the hour with a segment should be sealed. */
  async function due(idleMs: number): Promise<number> {
    const metrics = createMetrics();
    await createLakeGauges(metrics.of('logs'), {
      storage: lake.storage,
      dataset: 'logs',
      latenessMs: 1,
      idleMs,
    }).refresh();
    assert.equal(await valueOfMetric(metrics.registry, 'fernlake_open_hours'), 1);
    return (
      (await valueOfMetric(metrics.registry, 'fernlake_oldest_open_hour_due_timestamp_seconds')) ??
      assert.fail('no hour is open')
    );
  }

  it('have a segment sealed an idle time after it came, and mere repeats of a sealed hour twelve', async () => {
    const { storage } = lake;
    const { modifiedMs } = await storage.put(
      `${segmentsPrefix('logs')}${HOUR}/x-0.json.gz`,
      Buffer.from('x'),
    );
    await new Promise((resolve) => setTimeout(resolve, 20)); // beyond the idle time
    assert.equal(await due(IDLE_MS), (modifiedMs + IDLE_MS) / 1000);
    writeLedgers(lake, HOUR, 1);
    assert.equal(await due(IDLE_MS), (modifiedMs + 12 * IDLE_MS) / 1000);
  });

  describe('at scrape after scrape', () => {
    const FIRST = parseHour('2024-01-01T00') ?? assert.fail();
    const MINUTE = 60_000;
    let lake: TempLake;
    beforeEach(async () => (lake = await tempLake()));
    afterEach(() => lake.remove());

    /** The gauges over a storage that notes what it is asked, and a clock that is set by hand. */
    function watched() {
      const asked: string[] = [];
      const note = (what: string): void => void asked.push(what);
      const storage: Storage = {
        ...lake.storage,
        uri: lake.uri,
        get: (key, bytesMax) => (note('get'), lake.storage.get(key, bytesMax)),
        head: (key) => (note('head'), lake.storage.head(key)),
        list: (prefix, options) => (note('list'), lake.storage.list(prefix, options)),
        keys: (prefix, options) => (note('list'), lake.storage.keys(prefix, options)),
      };
      const clock = { nowMs: 0 };
      const metrics = createMetrics();
      const settings = { storage, dataset: 'logs', latenessMs: 1, idleMs: 5 * MINUTE };
      const gauges = createLakeGauges(metrics.of('logs'), settings, () => clock.nowMs);
      const scrape = async (atMs: number): Promise<string[]> => {
        asked.length = 0;
        clock.nowMs = atMs;
        await gauges.refresh();
        return [...asked].sort();
      };
      const value = async (name: 'recentMissing' | 'newestSealed'): Promise<number | undefined> =>
        await valueOfMetric(
          metrics.registry,
          name === 'recentMissing'
            ? 'fernlake_recent_missing_ids'
            : 'fernlake_newest_sealed_hour_end_timestamp_seconds',
        );
      return { gauges, scrape, value };
    }

    async function alter(hour: Hour, missingCount: number): Promise<void> {
      const key = ledgerKey('logs', hour);
      const ledger = decodeLedger((await lake.storage.get(key)).body.toString('utf8'));
      const altered = { ...ledger, ids: { ...ledger.ids, missingCount } };
      await lake.storage.put(key, Buffer.from(encodeLedger(altered)));
    }

    it('list twice a minute and read what has changed', async () => {
      writeLedgers(lake, FIRST, 40);
      const { gauges, scrape, value } = watched();
      const count = (asked: readonly string[], what: string): number =>
        asked.filter((each) => each === what).length;
      assert.equal(count(await scrape(0), 'get'), 24);
      const before = (await value('recentMissing')) ?? assert.fail();
      for (const atMs of [15_000, 30_000, 45_000]) assert.deepEqual(await scrape(atMs), []);
      assert.deepEqual(await scrape(MINUTE), ['list', 'list']);

      await alter(addHours(FIRST, 30), 77);
      assert.deepEqual(await scrape(MINUTE + 15_000), []);
      assert.equal(await value('recentMissing'), before);
      assert.deepEqual(await scrape(2 * MINUTE), ['get', 'list', 'list']);
      assert.equal(await value('recentMissing'), before + 77);

      // One more hour: the oldest of the 24 goes.
      writeLedgers(lake, addHours(FIRST, 40), 1);
      assert.deepEqual(await scrape(3 * MINUTE), ['get', 'list', 'list']);
      assert.equal(await value('newestSealed'), hourEndMs(addHours(FIRST, 40)) / 1000);

      gauges.forget();
      assert.deepEqual(await scrape(3 * MINUTE + 1), ['list', 'list']);
    });

    it('find an hour that comes before all others while there are few, and those left when some go', async () => {
      writeLedgers(lake, addHours(FIRST, 5), 2);
      const { scrape, value } = watched();
      await scrape(0);
      writeLedgers(lake, FIRST, 1);
      await alter(FIRST, 5);
      assert.deepEqual(await scrape(MINUTE), ['get', 'list', 'list']);
      assert.equal(await value('recentMissing'), 5);

      writeLedgers(lake, addHours(FIRST, 7), 30);
      await scrape(2 * MINUTE);
      const newest = Array.from({ length: 30 }, (_, i) => ledgerKey('logs', addHours(FIRST, 7 + i)));
      await lake.storage.delete(newest);
      await scrape(3 * MINUTE);
      assert.equal(await value('newestSealed'), hourEndMs(addHours(FIRST, 6)) / 1000);
      assert.equal(await value('recentMissing'), 5);
    });
  });
});
