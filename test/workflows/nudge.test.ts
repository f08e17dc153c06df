import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { createActivities } from '../../src/activities/index.js';
import { hourEndMs } from '../../src/dataset/hour.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';
import { sampleRecords } from '../support/by-hand.js';
import { historyOf } from '../support/history.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { quietLog } from '../support/quiet-log.js';
import { sharedTemporal } from '../support/temporal-server.js';
import type { Moments, nudger } from './cases/nudger.js';
import { hour, Interruptions, SealBench } from './seal-bench.js';

const TEN = hour('2023-05-01T10');
/** Where the child is when a segment arrives: held before a step of its own, or gone. */
const GONE = 'gone';
/** Held before its last step when the start is refused, and gone when the signal comes. */
const ENDING = 'ending';
const MET = [GONE, 'merge', 'gzip', 'upload', 'settle', 'sweep', GONE, ENDING, 'merge', GONE];
const RECORDS = sampleRecords(1, MET.length, '2023-05-01T10:30:00.000Z');
const NUDGER = fileURLToPath(new URL('cases/nudger.js', import.meta.url));

interface Hold {
  readonly held: Promise<void>;
  readonly letGo: () => void;
}

/** Starts a dev server (shared) and a worker in this process. */
describe('starting or nudging the seal of an hour', function () {
  this.timeout(90_000);
  let run: Pipeline;
  let workflowBundle: WorkflowBundle;
  before(async () => {
    run = await pipeline('http://127.0.0.1:9/');
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: NUDGER,
      workflowInterceptorModules: [NUDGER],
      logger: new DefaultLogger('ERROR'),
    });
  });
  after(() => run?.close());

  it('loses no segment, whether the child runs, ends just now or has ended', async () => {
    quietLog();
    const { nativeConnection, namespace } = await sharedTemporal();
    const bench = new SealBench(run);
    const { client } = run;
    const { taskQueue } = run.config;
    const childId = sealWorkflowId(bench.dataset, TEN);
    const interruptions = new Interruptions();
    /** Has the child stand still before the next run of one of its activities. */
    const hold = (activity: string): Hold => {
      let letGo: Hold['letGo'] = () => undefined;
      const goesOn = new Promise<void>((resolve) => (letGo = resolve));
      const held = new Promise<void>((reached) =>
        interruptions.before(activity, () => {
          reached();
          return goesOn;
        }),
      );
      return { held, letGo };
    };
    let now: Hold | undefined;
    let next: Hold | undefined;
    const end = async (): Promise<void> => {
      now?.letGo();
      await client.workflow.getHandle(childId).result();
    };
    const moments: Moments = {
      arrive: async (n) => {
        const before = now;
        now = next;
        before?.letGo();
        if (now) await now.held;
        else if (n > 0) await client.workflow.getHandle(childId).result();
        await bench.arrive(RECORDS.slice(n, n + 1));
        // Before this nudge: the child may be at its next step before anybody could say so.
        const step = MET[n + 1] === ENDING ? 'sweep' : MET[n + 1];
        next = step === undefined || step === GONE ? undefined : hold(step);
      },
      beforeSignal: async (n) => {
        if (MET[n] === ENDING) await end();
      },
    };
    const worker = await Worker.create({
      connection: await nativeConnection(),
      namespace,
      taskQueue,
      workflowBundle,
      interceptors: interruptions.interceptors,
      activities: { ...createActivities(() => run.deps), ...moments },
    });
    await worker.runUntil(async () => {
      const workflowId = `nudger-${bench.dataset}`;
      const settings = {
        dataset: bench.dataset,
        hour: TEN,
        latenessMs: 0,
        idleMs: 60_000,
        contiguousIds: true,
      };
      await client.workflow.execute<typeof nudger>('nudger', {
        workflowId,
        taskQueue,
        // The hour is over by the watermark: each child seals at once and ends.
        args: [settings, hourEndMs(TEN), MET.length],
      });
      await end();
      const events = (await historyOf(client, workflowId)).events ?? [];
      const count = (of: keyof (typeof events)[number]): number => events.filter((e) => e[of]).length;
      assert.deepEqual(
        {
          started: count('childWorkflowExecutionStartedEventAttributes'),
          signalled: count('externalWorkflowExecutionSignaledEventAttributes'),
          signalledTooLate: count('signalExternalWorkflowExecutionFailedEventAttributes'),
        },
        { started: 4, signalled: 6, signalledTooLate: 1 },
      );
    });
    await bench.assertLanded(TEN, RECORDS);
    await bench.assertTidy();
  });
});
