import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import type { Hour } from '../../src/dataset/hour.js';
import type { FindInput } from '../../src/activities/backlog/find-types.js';
import {
  createListSealed,
  type SealedInput,
  type SealedResult,
} from '../../src/activities/backlog/list-sealed.js';
import { createActivities } from '../../src/activities/index.js';
import { createFindUncarried } from '../../src/activities/backlog/find-raws.js';
import { guardLake } from '../../src/process/task-guards.js';
import { ledgerPrefix, tablePrefix } from '../../src/lake/keys.js';
import { WORKFLOW_SOURCES } from '../../src/process/workflow-code.js';
import type { ReprocessInput, ReprocessResult } from '../../src/workflows/messages.js';
import { assertTable } from '../support/assert-table.js';
import { executions, historyOf } from '../support/history.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { quietLog } from '../support/quiet-log.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { type RunningWorker, together } from '../../src/process/own-queue.js';
import { createPollWorker } from '../support/with-polls.js';
import { until } from '../support/until.js';
import { sharedTemporal } from '../support/temporal-server.js';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
/** Ends in the year 2033: only a full history ends a run. */
const ENDLESS_SLOT_MS = 2_000_000_000_000;

/** Starts a dev server (shared), a sample API on loopback, and a worker whose workflows are full at 80 events. */
describe('a run whose history is full', function () {
  this.timeout(180_000);
  let source: SteppedSource;
  let run: Pipeline;
  let worker: RunningWorker;
  let ended: Promise<void>;
  const asked: SealedInput[] = [];
  const searched: FindInput[] = [];
  /** Hour of arrival from which on nothing can be searched. */
  let refused: Hour | undefined;
  /** Answers that a search goes through; undefined: as many as ever. */
  let pageOf: number | undefined;
  let listSealed: (input: SealedInput) => Promise<SealedResult>;

  before(async () => {
    quietLog();
    source = await steppedSource({ steps: 40, recordsPerStep: 20, minutesPerStep: 6 });
    run = await pipeline(source.server.url, { FERNLAKE_POLL_MIN: '200ms', FERNLAKE_POLL_MAX: '200ms' });
    const { lake } = run.settings;
    assert(lake);
    const { nativeConnection } = await sharedTemporal();
    const bundle = await bundleWorkflowCode({
      ...WORKFLOW_SOURCES,
      workflowInterceptorModules: [
        ...WORKFLOW_SOURCES.workflowInterceptorModules,
        here('./small-history.js'),
      ],
      logger: new DefaultLogger('ERROR'),
    });
    const options = {
      connection: await nativeConnection(),
      taskQueue: run.config.taskQueue,
      workflowBundle: bundle,
      interceptors: { activity: [guardLake(lake)] },
      activities: {
        ...createActivities(() => run.deps),
        listSealed: (input: SealedInput) => {
          asked.push(input);
          return listSealed(input);
        },
        findUncarried: (input: FindInput) => {
          searched.push(input);
          if (refused && input.from === refused)
            throw ApplicationFailure.nonRetryable('the disk is gone', 'LakeCorrupt');
          return createFindUncarried(run.deps, pageOf)(input);
        },
      },
    };
    worker = together([await Worker.create(options), await createPollWorker(options)]);
    ended = worker.run();
    await run.client.workflow.start('etl', {
      workflowId: `${run.dataset}-etl`,
      taskQueue: run.config.taskQueue,
      args: [{ ...run.settings, slotMs: ENDLESS_SLOT_MS }],
    });
    await run.untilLanded(source.records.length);
  });
  after(async () => {
    if (run) {
      await run.client.workflow
        .getHandle(`${run.dataset}-etl`)
        .terminate('the test is over')
        .catch(() => undefined);
      worker?.shutdown();
      await ended;
      await run.close();
    }
    await source?.server.close();
  });

  /** The list of runs is a little behind the runs. */
  const wentOn = (prefix: string): Promise<boolean> =>
    until(
      `a run of ${prefix} has gone on as a new one`,
      async () =>
        (await executions(run.client, run.config.taskQueue)).some(
          ({ workflowId, status }) => workflowId.startsWith(prefix) && status.name === 'CONTINUED_AS_NEW',
        ),
      90_000,
    );

  it('goes on as a new one within its slot, and lands every record once', async () => {
    await assertTable(run, source.records);
    await wentOn(`${run.dataset}-etl`);
  });

  it('goes on with the next page of sealed hours where it reprocesses, and gives the same bytes', async () => {
    asked.length = 0;
    listSealed = createListSealed(run.deps, 2);
    await reprocessAll('by-pages');
    const behind = asked.map(({ after }) => after ?? '');
    assert.equal(behind[0], '');
    assert(behind.length >= 2, behind.join(' '));
    // Behind a page or what an earlier run has rebuilt: never again from the start.
    assert.deepEqual(
      behind.slice(1).filter((hour) => hour === ''),
      [],
    );
  });

  it('carries a lake that was lost in several runs, none of which reads what those before it have made', async () => {
    for (const prefix of [ledgerPrefix(run.dataset), tablePrefix(run.dataset)]) {
      const keys: string[] = [];
      for await (const key of run.deps.storage.keys(prefix)) keys.push(key);
      await run.deps.storage.delete(keys);
    }
    searched.length = 0;
    pageOf = 2;
    listSealed = createListSealed(run.deps);
    await run.client.workflow.execute('reprocess', {
      workflowId: `${run.dataset}-reprocess-lost`,
      taskQueue: run.config.taskQueue,
      args: [rebuildAll()],
    });
    await run.untilLanded(source.records.length);
    await assertTable(run, source.records);
    await wentOn(`${run.dataset}-reprocess-lost`);
    const runs = new Set(searched.map(({ passed }) => passed));
    assert.equal(runs.size, 1, [...runs].join(', '));
    assert.match([...runs].join(), /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{4}$/);
  });

  it('does all other pieces where one fails, and names it', async () => {
    searched.length = 0;
    pageOf = undefined;
    await reprocessAll('to-see-the-pieces');
    const first = searched[0]?.from ?? assert.fail();
    refused = first;
    const { failed, hours } = await reprocessOnce('with-a-piece-that-fails');
    refused = undefined;
    assert.deepEqual(
      failed.map(({ what, code, why }) => [what.slice(0, 'answers that arrived '.length + 13), code, why]),
      [[`answers that arrived ${first}`, 'LakeCorrupt', 'the disk is gone']],
    );
    assert.equal(hours, new Set(source.records.map(({ inDate }) => inDate.slice(0, 13))).size);
  });

  it('has some ten events a piece and an hour, so that ten years are some runs', async () => {
    const { dataset, client, config } = run;
    const id = `${dataset}-reprocess-with-a-piece-that-fails`;
    const all = await executions(client, config.taskQueue);
    const pieces = all.filter(({ workflowId }) => workflowId.startsWith(`${id}-`));
    let events = 0;
    for (const { workflowId, runId } of all.filter((each) => each.workflowId === id))
      events += (await historyOf(client, workflowId, runId)).events?.length ?? 0;
    // Of a piece alone: what a task of the workflow brings is shared by those that end at a time.
    assert(events / pieces.length < 16, `${events} events for ${pieces.length} pieces`);
  });

  async function reprocessOnce(how: string): Promise<ReprocessResult> {
    return (await run.client.workflow.execute('reprocess', {
      workflowId: `${run.dataset}-reprocess-${how}`,
      taskQueue: run.config.taskQueue,
      args: [rebuildAll()],
    })) as ReprocessResult;
  }

  async function reprocessAll(how: string): Promise<void> {
    const result = await reprocessOnce(how);
    assert.equal(result.hours, new Set(source.records.map(({ inDate }) => inDate.slice(0, 13))).size);
    await assertTable(run, source.records);
  }

  function rebuildAll(): ReprocessInput {
    const { dataset, lake, latenessMs, idleMs, contiguousIds } = run.settings;
    assert(lake);
    return { dataset, lake, latenessMs, idleMs, contiguousIds, mode: 'rebuild', from: null, to: null };
  }
});
