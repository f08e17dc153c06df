import assert from 'node:assert/strict';
import { parseHour } from '../../src/domain/hour.js';
import { segmentsPrefix } from '../../src/domain/lake-keys.js';
import { readLakeGauges } from '../../src/metrics/lake-gauges.js';
import { createMetrics } from '../../src/metrics/metrics.js';
import { writeLedgers } from '../report/ledgers.js';
import { tempLake, type TempLake } from '../support/lake.js';

const HOUR = parseHour('2023-04-20T13') ?? assert.fail();
const IDLE_MS = 1;

describe('the gauges of a lake', () => {
  let lake: TempLake;
  before(async () => (lake = await tempLake()));
  after(() => lake.remove());

  /** Unix time in s at which the hour with a segment should be sealed. */
  async function due(idleMs: number): Promise<number> {
    const metrics = createMetrics('logs');
    await readLakeGauges(metrics, { storage: lake.storage, dataset: 'logs', latenessMs: 1, idleMs });
    assert.equal((await metrics.openHours.get()).values[0]?.value, 1);
    return (await metrics.oldestOpen.get()).values[0]?.value ?? assert.fail('no hour is open');
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
});
