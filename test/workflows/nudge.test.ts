import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../src/activities/index.js';
import { hourEndMs } from '../../src/dataset/hour.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';
import { sampleRecords } from '../support/by-hand.js';
import { executions, historyOf } from '../support/history.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { quietLog } from '../support/quiet-log.js';
import { sharedTemporal } from '../support/temporal-server.js';
import { until } from '../support/until.js';
import type { Arrivals, nudger } from './cases/nudger.js';
import { hour, SealBench } from './seal-bench.js';

const TEN = hour('2023-05-01T10');
const NUDGES = 30;
/** From "the child has just begun" to "it has long ended". */
const PAUSES_MS = [0, 60, 120, 200, 300, 450];
const RECORDS = sampleRecords(1, NUDGES, '2023-05-01T10:30:00.000Z');

/** Starts a dev server (shared) and a worker in this process. */
describe('starting or nudging the seal of an hour', function () {
  this.timeout(90_000);
  let run: Pipeline;
  before(async () => (run = await pipeline('http://127.0.0.1:9/')));
  after(() => run?.close());

  it('loses no segment, whether the child runs, ends just now or has ended', async () => {
    quietLog();
    const { nativeConnection, namespace } = await sharedTemporal();
    const bench = new SealBench(run);
    const arrivals: Arrivals = {
      arrive: async (n) => {
        await sleep(PAUSES_MS[n % PAUSES_MS.length]);
        await bench.arrive(RECORDS.slice(n, n + 1));
      },
    };
    const { taskQueue } = run.config;
    const worker = await Worker.create({
      connection: await nativeConnection(),
      namespace,
      taskQueue,
      workflowsPath: fileURLToPath(new URL('cases/nudger.js', import.meta.url)),
      activities: { ...createActivities(run.deps), ...arrivals },
      maxConcurrentActivityTaskExecutions: 4,
    });
    const settings = {
      dataset: bench.dataset,
      hour: TEN,
      latenessMs: 0,
      idleMs: 60_000,
      contiguousIds: true,
    };
    const childId = sealWorkflowId(bench.dataset, TEN);
    await worker.runUntil(async () => {
      const workflowId = `nudger-${bench.dataset}`;
      const { client } = run;
      await client.workflow.execute<typeof nudger>('nudger', {
        workflowId,
        taskQueue,
        // The hour is over by the watermark: each child seals at once and ends.
        args: [settings, hourEndMs(TEN), NUDGES],
      });
      await client.workflow.getHandle(childId).result();
      const events = (await historyOf(client, workflowId)).events ?? [];
      const started = events.filter((e) => e.childWorkflowExecutionStartedEventAttributes).length;
      const signalled = events.filter((e) => e.externalWorkflowExecutionSignaledEventAttributes).length;
      assert.equal(started + signalled, NUDGES);
      assert(started > 1 && signalled > 1, `${started} times started and ${signalled} times signalled`);
      // Once no child runs, nothing may be left for one to do.
      await until('all children have ended', async () =>
        (await executions(client, taskQueue)).every(({ status }) => status.name !== 'RUNNING'),
      );
    });
    await bench.assertLanded(TEN, RECORDS);
    await bench.assertTidy();
  });
});
