import assert from 'node:assert/strict';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import { scheduleHandle } from '../../src/schedule.js';
import { reprocessPriority } from '../../src/workflows/priorities.js';
import { executions, historyOf } from '../support/history.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';

/** The flood: 1,000 records an answer, each new. */
const LOUD = { rate: 1_000, window: 1_000, history: 3_000 };
/** A window is gone in 5 s. */
const QUIET = { rate: 20, window: 100, history: 50 };
const QUIET_ROWS = 250;

/** Two datasets in one lake on one queue, served by one worker; both sources and the server are real. */
describe('one worker for two datasets', function () {
  this.timeout(120_000);
  let sources: SourceServer[] = [];
  let loud: Pipeline;
  let quiet: Pipeline;

  before(async () => {
    sources = [await createSourceServer(LOUD), await createSourceServer(QUIET)];
    const [loudUrl, quietUrl] = sources.map(({ url }) => url);
    loud = await pipeline(loudUrl!, { FERNLAKE_SLOT: '5s' });
    const beside = { FERNLAKE_TASK_QUEUE: loud.config.taskQueue, FERNLAKE_SLOT: '5s' };
    quiet = await pipeline(quietUrl!, { ...beside, FERNLAKE_DATASET: `${loud.dataset}q` }, loud.lake);
    await loud.startWorker({ beside: [quiet] });
    await loud.schedule();
    await quiet.schedule();
  });
  after(async () => {
    await quiet?.close();
    await loud?.close();
    for (const source of sources) await source.close();
  });

  it('loses nothing of the quiet one while the loud one floods and is computed again', async () => {
    const rowsOf = async ({ lake, dataset }: Pipeline): Promise<number> =>
      [...(await ledgers(lake.storage, dataset)).values()].reduce((sum, { landed }) => sum + landed, 0);
    await loud.untilLanded(LOUD.history);
    const { client, config, dataset, settings } = loud;
    const { latenessMs, idleMs, contiguousIds, lake } = settings;
    await client.workflow.start('reprocess', {
      workflowId: `fernlake-${dataset}-reprocess-1`,
      taskQueue: config.taskQueue,
      priority: reprocessPriority(dataset),
      args: [
        {
          dataset,
          ...(lake && { lake }),
          latenessMs,
          idleMs,
          contiguousIds,
          mode: 'all',
          from: null,
          to: null,
        },
      ],
    });
    await quiet.untilLanded(QUIET_ROWS);
    await scheduleHandle(client, config).pause('the flood is over');
    await quiet.settle();
    const found = [...(await ledgers(quiet.lake.storage, quiet.dataset)).values()];
    assert.equal(
      found.reduce((sum, { ids }) => sum + ids.missingCount, 0),
      0,
    );
    assert.deepEqual((await quiet.audit()).findings, []);
    assert.ok((await rowsOf(loud)) >= LOUD.history, 'the loud one landed, too');
  });

  it('has polls go before steps, steps before seals, and each task under its dataset’s key', async () => {
    const { client, dataset } = quiet;
    const seen = new Map<string, Set<number>>();
    await until('runs of the quiet dataset are listed', async () =>
      (await executions(client, quiet.config.taskQueue)).some(({ type }) => type === 'sealHour'),
    );
    for (const { workflowId, runId } of await executions(client, quiet.config.taskQueue)) {
      if (!workflowId.startsWith(`fernlake-${dataset}-`)) continue;
      const events = (await historyOf(client, workflowId, runId)).events ?? [];
      const own = events[0]?.workflowExecutionStartedEventAttributes?.priority;
      for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
        if (!scheduled) continue;
        const name = scheduled.activityType?.name ?? '';
        // Without one of its own a task has its run's.
        const { fairnessKey, priorityKey } = scheduled.priority ?? own ?? {};
        assert.equal(fairnessKey, dataset, name);
        seen.set(name, (seen.get(name) ?? new Set()).add(priorityKey ?? 0));
      }
    }
    assert.deepEqual([...(seen.get('fetch') ?? [])], [1]);
    assert.deepEqual([...(seen.get('decrypt') ?? [])], [2]);
    // Hours that `reprocess` has merged wait for all else.
    assert.deepEqual([...(seen.get('merge') ?? [])].sort(), [3, 5]);
  });
});
