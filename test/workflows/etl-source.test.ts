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
import { type EtlMemory, etlStatus } from '../../src/workflows/messages.js';
import { etlRuns, inputsOf, resultOf } from './etl-runs.js';

/** Polls of a source that always has something new, five a second in place of all that the machine can do. */
const CALM = { FERNLAKE_POLL_MIN: '200ms', FERNLAKE_POLL_MAX: '200ms' };

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
    run = await pipeline(source.url, CALM);
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

  it('asks a source that refuses again within the slot, and fails at its end with the reason', async () => {
    source = await createSourceServer({ fail: { '401': 1 } });
    run = await pipeline(source.url, { FERNLAKE_SLOT: '5s' });
    await run.startWorker();
    await run.schedule();
    const one = run;
    const failed = await until(
      'a run has failed at the end of its slot',
      async () =>
        (await etlRuns(one)).find(
          ({ status, startTime, closeTime }) =>
            status.name === 'FAILED' && Number(closeTime) - Number(startTime) > 4_000,
        ),
      45_000,
    );
    const { type, message } = await failureOf(run, failed);
    assert.equal(type, 'SourceRefused');
    assert.match(message, /401/);
    assert.match(message, /asked \d+ times in a row/);
    // Ever less often: 250 ms, 500 ms, 1 s, ….
    const asked = await inputsOf(run, failed, 'fetch');
    assert(asked.length >= 2 && asked.length <= 6, `${asked.length} polls`);
  });

  it('goes on within the slot after one 404, 400, 403 and redirect', async () => {
    source = await createSourceServer({ history: 50, rate: 40, window: 100 });
    source.script(['ok', '404', 'ok', '400', '403', 'ok', 'redirect', 'ok']);
    run = await pipeline(source.url, { FERNLAKE_SLOT: '30s', FERNLAKE_POLL_MAX: '1s' });
    await run.startWorker();
    const one = run;
    const handle = await run.client.workflow.start<typeof etl>('etl', {
      workflowId: `fernlake-${run.dataset}-etl-alone`,
      taskQueue: run.config.taskQueue,
      args: [run.settings],
    });
    await until('twelve requests in one slot', () => (source?.requests() ?? 0) >= 12, 40_000);
    const [only] = await etlRuns(one);
    assert.equal(only?.status.name, 'RUNNING');
    // The run hears of polls at short intervals now and then.
    const { down } = await until('seven good answers are counted', async () => {
      const status = await handle.query(etlStatus);
      return status.polls >= 7 && status;
    });
    assert.equal(down, null);
    await handle.terminate('seen enough');
  });

  it('loses neither the newest id nor the rate with a failed run', async () => {
    source = await createSourceServer({ history: 50, rate: 5 });
    run = await pipeline(source.url, CALM);
    await run.startWorker();
    await run.schedule();
    const one = run;
    const good = await until('a slot has gone well', async () =>
      (await etlRuns(one)).find(({ status }) => status.name === 'COMPLETED'),
    );
    source.setFail({ '403': 1 });
    const failed = await until('two slots have failed', async () => {
      const found = (await etlRuns(one)).filter(({ status }) => status.name === 'FAILED');
      return found.length >= 2 && found.at(-1);
    });
    const { details } = await failureOf(run, failed);
    const left = details?.[0] as EtlMemory;
    assert((left.pace.newestId ?? 0) >= ((await resultOf(run, good)).pace.newestId ?? Infinity));
    assert.notEqual(left.pace.ratePerSecond, null);
    // Over both slots.
    assert((left.down?.refusals ?? 0) >= 2 && (left.down?.sinceMs ?? Infinity) < failed.startTime.getTime());
    assert.equal(left.down?.code, 'SourceRefused');
    source.setFail({});
    const next = await until('a slot goes well again', async () =>
      (await etlRuns(one)).find(
        ({ status, startTime }) => status.name === 'COMPLETED' && startTime > failed.startTime,
      ),
    );
    const [first] = await inputsOf(run, next, 'fetch');
    assert((first?.['afterId'] as number) >= (left.pace.newestId ?? Infinity));
    const result = await resultOf(run, next);
    assert.deepEqual([result.report.lost, result.down], [[], null]);
    const [survey] = await inputsOf(run, next, 'survey');
    assert.notEqual(survey?.['processedThroughMs'], null);
  });

  it('obeys Retry-After to the second, over slots and a new worker, and says until when', async () => {
    const asked: number[] = [];
    source = await createSourceServer({
      history: 50,
      rate: 5,
      respond: () => {
        asked.push(Date.now());
        return asked.length === 2 ? { status: 429, headers: { 'retry-after': '9' }, body: '' } : undefined;
      },
    });
    run = await pipeline(source.url, CALM);
    const worker = await run.startWorker();
    await run.schedule();
    const one = run;
    await until('the source has asked for quiet', () => asked.length === 2);
    const quiet = await until('a slot without an answer has failed', async () =>
      (await etlRuns(one)).find(
        ({ status, startTime }) => status.name === 'FAILED' && startTime.getTime() > (asked[1] ?? Infinity),
      ),
    );
    const { type, message, details } = await failureOf(run, quiet);
    assert.equal(type, 'SourceUnavailable');
    assert.match(message, /429.*asked for quiet until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    const { down } = details?.[0] as EtlMemory;
    assert(Math.abs((down?.quietUntilMs ?? 0) - (asked[1] ?? 0) - 9_000) < 1_500);
    await worker.stop();
    await run.startWorker();
    await until('it is asked again', () => asked.length > 3, 30_000);
    const waitedMs = (asked[2] ?? 0) - (asked[1] ?? 0);
    assert(waitedMs >= 9_000 && waitedMs < 15_000, `${waitedMs} ms`);
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
