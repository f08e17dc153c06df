import assert from 'node:assert/strict';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { archive } from '../support/by-hand.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { backfillSchedule } from '../../src/schedule.js';
import type { etl } from '../../src/workflows/etl.js';
import { etlRuns, resultOf } from './etl-runs.js';

/** Each starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('etl and its source', function () {
  this.timeout(90_000);
  let source: SourceServer | undefined;
  let run: Pipeline | undefined;
  afterEach(async () => {
    await run?.close();
    await source?.close();
    run = source = undefined;
  });

  const failureOf = async (one: Pipeline, { workflowId, runId }: { workflowId: string; runId: string }) => {
    const error: unknown = await one.client.workflow
      .getHandle(workflowId, runId)
      .result()
      .then(
        () => undefined,
        (e: unknown) => e,
      );
    assert(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure, String(error));
    return error.cause;
  };

  it('fails a slot in which no answer came as SourceUnavailable, and carries on with the next', async () => {
    source = await createSourceServer({ fail: { '502': 1 } });
    run = await pipeline(source.url);
    await run.startWorker();
    await run.schedule();
    const one = run;
    const failed = await until(
      'a slot has failed',
      async () => (await etlRuns(one)).find(({ status }) => status.name === 'FAILED'),
      45_000,
    );
    const { type, message } = await failureOf(run, failed);
    assert.equal(type, 'SourceUnavailable');
    assert.match(message, /no answer in the whole slot .*502/);
    source.setFail({});
    await until('a slot has gone well', async () => {
      const good = (await etlRuns(one)).filter(({ status }) => status.name === 'COMPLETED');
      return (await Promise.all(good.map((each) => resultOf(one, each)))).some(
        ({ report }) => report.polls > 0,
      );
    });
  });

  it('fails at once, with the reason, when the source refuses', async () => {
    source = await createSourceServer({ fail: { '401': 1 } });
    run = await pipeline(source.url);
    await run.startWorker();
    await run.schedule();
    const one = run;
    const failed = await until('a run has failed', async () =>
      (await etlRuns(one)).find(({ status }) => status.name === 'FAILED'),
    );
    const { type, message } = await failureOf(run, failed);
    assert.equal(type, 'SourceRefused');
    assert.match(message, /401/);
    assert((failed.closeTime?.getTime() ?? Infinity) - failed.startTime.getTime() < 4_000);
  });

  it('closes the last hour of a source that stands still but goes on answering', async () => {
    const stepped = await steppedSource({ steps: 3, recordsPerStep: 20, minutesPerStep: 1 });
    source = stepped.server;
    run = await pipeline(source.url, { FERNLAKE_IDLE: '5s' });
    await run.startWorker();
    await run.schedule();
    const { lake, dataset } = run;
    const [ledger] = await until(
      'the hour is sealed while polls go on',
      async () => {
        const found = [...(await ledgers(lake.storage, dataset)).values()];
        return found.length > 0 && found;
      },
      30_000,
    );
    assert.equal(ledger?.landed, stepped.records.length);
    const requests = source.requests();
    await until('one more poll', () => (source?.requests() ?? 0) > requests);
  });

  it('run twice at the same time, with a backfill of the same hours beside, lands everything once', async () => {
    const stepped = await steppedSource({ steps: 12, recordsPerStep: 20, minutesPerStep: 15 });
    source = stepped.server;
    run = await pipeline(source.url);
    const { client, config, dataset, settings } = run;
    // What a slot of an hour ago has archived, in part the records that the source will show again.
    const slotMs = Math.floor((Date.now() - 3_600_000) / settings.slotMs) * settings.slotMs;
    const past = stepped.records.slice(0, 150);
    await archive(run.deps, dataset, past, slotMs + 300);
    await run.startWorker();
    await run.schedule();
    await Promise.all([
      backfillSchedule(client, config, slotMs, slotMs),
      ...['a', 'b'].map((which) =>
        client.workflow.start<typeof etl>('etl', {
          workflowId: `fernlake-${dataset}-etl-${which}`,
          taskQueue: config.taskQueue,
          args: [settings],
        }),
      ),
    ]);
    await run.untilLanded(stepped.records.length);
    await run.settle();
    await assertTable(run, stepped.records);
    await assertTidy(run);
  });
});
