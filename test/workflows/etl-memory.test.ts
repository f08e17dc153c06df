import assert from 'node:assert/strict';
import type { SampleRecord } from '../../examples/source-server/index.js';
import { backfillSchedule, scheduleHandle } from '../../src/schedule.js';
import { archive, sampleRecords } from '../support/by-hand.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { etlRuns, inputsOf, resultOf } from './etl-runs.js';

/**
 * One lake through the life of its schedule; each test goes on from the one before.
 * Starts a dev server (shared), a sample API on loopback and a worker in this process.
 */
describe('etl, from slot to slot', function () {
  this.timeout(60_000);
  let source: SteppedSource;
  let run: Pipeline;
  let records: readonly SampleRecord[];

  before(async () => {
    source = await steppedSource({ steps: 8, recordsPerStep: 20, minutesPerStep: 25 });
    ({ records } = source);
    run = await pipeline(source.server.url);
    await run.startWorker();
    await run.schedule();
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('hands on the newest id and how far the archive is carried', async () => {
    const [first, second] = await until('two slots are done', async () => {
      const done = (await etlRuns(run)).filter(({ status }) => status.name === 'COMPLETED');
      return done.length >= 2 && done;
    });
    assert(first && second);
    const before = await resultOf(run, first);
    assert(before.report.polls > 0 && before.pace.newestId !== null && before.processed.length > 0);
    assert.equal((await inputsOf(run, first, 'fetch'))[0]?.['afterId'], null);
    assert.equal((await inputsOf(run, second, 'fetch'))[0]?.['afterId'], before.pace.newestId);
    const [survey] = await inputsOf(run, second, 'survey');
    assert.equal(survey?.['processedThroughMs'], before.processedThroughMs);
    assert.deepEqual(survey?.['processed'], before.processed);
    const after = await resultOf(run, second);
    assert((after.pace.newestId ?? 0) >= before.pace.newestId);
    assert((after.watermarkMs ?? 0) >= (before.watermarkMs ?? 0));
    // Each answer is carried by one run: the second one carries none that the first one has carried.
    const carried = (await Promise.all([first, second].map((one) => inputsOf(run, one, 'decrypt'))))
      .flat()
      .flatMap(({ raws }) => raws as string[]);
    assert.equal(new Set(carried).size, carried.length);
    await run.untilLanded(records.length);
    await run.settle();
    await assertTable(run, records);
  });

  it('carries in a backfill what the archive holds of a past slot, asks the source nothing and moves no mark', async () => {
    const nowMs = Date.now();
    const slotMs = Math.floor((nowMs - 3_600_000) / run.settings.slotMs) * run.settings.slotMs;
    const old = sampleRecords(1, 5, '2023-04-30T05:00:00.000Z');
    await archive(run.deps, run.dataset, old, slotMs + 300);
    const known = (await etlRuns(run)).map(({ runId }) => runId);
    const requests = source.server.requests();
    await backfillSchedule(run.client, run.config, slotMs, slotMs);
    const backfilled = await until('the backfill is done', async () =>
      (await etlRuns(run)).find(({ runId, status }) => !known.includes(runId) && status.name === 'COMPLETED'),
    );
    const { report, processed, pace } = await resultOf(run, backfilled);
    assert.deepEqual([report.kind, report.polls, report.hours], ['backfill', 0, ['2023-04-30T05']]);
    assert.deepEqual([processed, pace.newestId], [[], null]);
    assert.equal(source.server.requests(), requests);
    records = [...old, ...records];
    await run.untilLanded(records.length);
    await run.settle();
    await assertTable(run, records);
    // The next live run goes on from the last live one.
    const live = (await etlRuns(run)).filter(({ runId }) => known.includes(runId)).at(-1);
    assert(live);
    const before = await resultOf(run, live);
    await scheduleHandle(run.client, run.config).unpause();
    const next = await until('a live run', async () =>
      (await etlRuns(run)).find(
        ({ runId, status }) =>
          !known.includes(runId) && runId !== backfilled.runId && status.name === 'COMPLETED',
      ),
    );
    assert.equal((await inputsOf(run, next, 'fetch'))[0]?.['afterId'], before.pace.newestId);
    assert.deepEqual((await inputsOf(run, next, 'survey'))[0]?.['processed'], before.processed);
  });

  it('carries what a worker has archived and did not live to report', async () => {
    const orphans = sampleRecords(6, 9, '2023-04-30T06:00:00.000Z');
    await archive(run.deps, run.dataset, orphans, Date.now());
    records = [...orphans, ...records];
    await run.untilLanded(records.length);
    await run.settle();
    await assertTable(run, records);
  });

  it('with a new schedule on an old lake doubles nothing and loses nothing', async () => {
    await scheduleHandle(run.client, run.config).delete();
    const orphans = sampleRecords(10, 12, '2023-04-30T07:00:00.000Z');
    await archive(run.deps, run.dataset, orphans, Date.now());
    const known = (await etlRuns(run)).map(({ runId }) => runId);
    await run.schedule();
    records = [...orphans, ...records];
    await run.untilLanded(records.length);
    const first = (await etlRuns(run)).find(({ runId }) => !known.includes(runId));
    assert(first);
    assert.equal((await inputsOf(run, first, 'survey'))[0]?.['processedThroughMs'], null);
    await run.settle();
    await assertTable(run, records);
    await assertTidy(run);
  });
});
