import assert from 'node:assert/strict';
import type { Hour } from '../../src/dataset/hour.js';
import { segmentHourPrefix } from '../../src/lake/keys.js';
import { keysUnder, ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';

/**
 * A source that stands still in the middle of an hour: no later record will ever close that one, only the clock does.
 * Starts a dev server (shared), a sample API on loopback and a worker in this process.
 */
describe('etl, of a source that has gone quiet', function () {
  this.timeout(90_000);
  let source: SteppedSource;
  let run: Pipeline;
  let last: Hour;

  before(async () => {
    source = await steppedSource({ steps: 4, recordsPerStep: 20, minutesPerStep: 10 });
    // So that the twelve idle times after which repeats are counted are over within seconds.
    run = await pipeline(source.server.url, { FERNLAKE_IDLE: '300ms' });
    await run.startWorker();
    await run.schedule();
    await run.untilLanded(source.records.length);
    last = [...(await ledgers(run.lake.storage, run.dataset)).keys()].at(-1) as Hour;
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('counts its repeats in the ledger of the last hour, too, at the same revision', async () => {
    const before = (await ledgers(run.lake.storage, run.dataset)).get(last);
    assert(before);
    const after = await until(
      'the repeats are counted',
      async () => {
        const now = (await ledgers(run.lake.storage, run.dataset)).get(last);
        return now !== undefined && now.seen > before.seen + 100 ? now : undefined;
      },
      45_000,
    );
    assert.equal(after.revision, before.revision);
    assert.equal(after.landed, before.landed);
    assert.deepEqual(after.object, before.object);
    const waiting = await keysUnder(run.lake.storage, segmentHourPrefix(run.dataset, last));
    assert(waiting.length < 20, `${waiting.length} segments wait`);
  });
});
