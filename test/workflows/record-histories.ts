/**
 * Records the histories that replay.test.ts replays: `npm run build && node dist/test/workflows/record-histories.js`, after a
 * change of the workflows that is meant and that no running workflow will meet. Starts a dev server, a sample API and a
 * worker; needs a minute.
 */
import assert from 'node:assert/strict';
import { hourEndMs } from '../../src/dataset/hour.js';
import { archive, carryByHand, sampleRecords } from '../support/by-hand.js';
import { historyOf } from '../support/history.js';
import { keysUnder } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource } from '../support/stepped-source.js';
import { stopSharedTemporal } from '../support/temporal-server.js';
import { until } from '../support/until.js';
import { etlRuns } from './etl-runs.js';
import { recordReprocess } from './record-reprocess.js';
import { record } from './recorded.js';
import { hour, Interruptions, SealBench } from './seal-bench.js';

/** Room for a durable timer between two polls. */
const PACE = { FERNLAKE_SLOT: '3s', FERNLAKE_POLL_MIN: '300ms', FERNLAKE_POLL_MAX: '400ms' };

/** The first run, the run behind it, and a run behind an answer that nobody reported. */
async function recordEtl(): Promise<void> {
  const source = await steppedSource(
    { steps: 6, recordsPerStep: 30, minutesPerStep: 20 },
    { fail: { '502': 0.2 } },
  );
  const run = await pipeline(source.server.url, PACE);
  try {
    await run.startWorker();
    await run.schedule();
    const runs = await until('three slots are done', async () => {
      const done = (await etlRuns(run)).filter(({ status }) => status.name === 'COMPLETED');
      return done.length >= 3 && done;
    });
    for (const [i, name] of ['etl-first', 'etl-second', 'etl-third'].entries()) {
      const { workflowId, runId } = runs[i] ?? assert.fail();
      record(name, await historyOf(run.client, workflowId, runId));
    }
  } finally {
    await run.close();
    await source.server.close();
  }
}

/** Waits for the watermark, is nudged, seals; then a late record, and scratch that is gone. */
async function recordSeal(): Promise<void> {
  const interruptions = new Interruptions();
  const run = await pipeline('http://127.0.0.1:9/');
  try {
    await run.startWorker({ interceptors: interruptions.interceptors });
    const bench = new SealBench(run);
    const ten = hour('2023-05-01T10');
    await bench.arrive(sampleRecords(1, 5, '2023-05-01T10:30:00.000Z'));
    const first = await bench.start(ten);
    await first.signal('advance', { watermarkMs: hourEndMs(ten) - 1, segments: true });
    await first.signal('advance', { watermarkMs: hourEndMs(ten), segments: false });
    await first.result();
    record('seal-first', await historyOf(run.client, first.workflowId, first.firstExecutionRunId));
    await bench.arrive(sampleRecords(6, 8, '2023-05-01T10:40:00.000Z'));
    interruptions.before('upload', async () => {
      const { storage } = run.lake;
      await storage.delete(await keysUnder(storage, 'staging/'));
    });
    const second = await bench.start(ten, { idleMs: 500 });
    await second.result();
    record('seal-again', await historyOf(run.client, second.workflowId, second.firstExecutionRunId));
    await recordRecheck(run, bench);
  } finally {
    await run.close();
  }
}

/** A seal that starts the seal of its neighbour. */
async function recordRecheck(run: Pipeline, bench: SealBench): Promise<void> {
  const [eleven, twelve] = [hour('2023-05-01T11'), hour('2023-05-01T12')];
  await bench.arrive(sampleRecords(12, 14, '2023-05-01T12:00:01.000Z'));
  await bench.seal(twelve);
  const late = await archive(
    run.deps,
    bench.dataset,
    sampleRecords(9, 11, '2023-05-01T11:00:01.000Z'),
    Date.now(),
  );
  await carryByHand(run.deps, bench.dataset, [late], '20230601T010000.000Z');
  const handle = await bench.start(eleven, { now: true });
  await handle.result();
  record('seal-recheck', await historyOf(run.client, handle.workflowId, handle.firstExecutionRunId));
}

await recordEtl();
await recordSeal();
await recordReprocess('reprocess');
await stopSharedTemporal();
