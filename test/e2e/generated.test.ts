import assert from 'node:assert/strict';
import { quarantinedTotal } from '../../src/lake/ledger.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';

/** Starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('a generated series through schedule, worker and seal', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;

  before(async () => {
    source = await steppedSource({ steps: 12, recordsPerStep: 30, minutesPerStep: 20 });
    run = await pipeline(source.server.url);
    await run.startWorker();
    await run.schedule();
    await run.untilLanded(source.records.length);
    await run.settle();
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('lands each record once, in the object of its hour', async () => {
    assert.equal(source.records.length, 391);
    await assertTable(run, source.records);
  });

  it('keeps a ledger for each of the five hours that accounts for every appearance', async () => {
    const all = [...(await ledgers(run.lake.storage, run.dataset))];
    assert.deepEqual(
      all.map(([hour]) => hour),
      ['10', '11', '12', '13', '14'].map((hour) => `2023-05-01T${hour}`),
    );
    for (const [, { seen, landed, duplicates, quarantined, ids, complete }] of all) {
      assert.equal(seen, landed + duplicates + quarantinedTotal(quarantined));
      assert.deepEqual([ids.missing, complete], [[], 1]);
    }
  });

  it('agrees with the archive and leaves no scratch behind', () => assertTidy(run));
});
