import assert from 'node:assert/strict';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { executions, type History, historyOf } from '../support/history.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';

const SHARES = { '502': 0.1, '504': 0.1, html: 0.1 } as const;

/** Starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('a source of which 30 % of the answers are 502, 504 or HTML', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;

  before(async () => {
    // The same records as in generated.test.ts: passing assertTable here means the same bytes as undisturbed.
    source = await steppedSource({ steps: 24, recordsPerStep: 30, minutesPerStep: 10 }, { fail: SHARES });
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

  it('was as bad as meant', () => {
    const { ok = 0, html = 0, ...statuses } = source.server.answers();
    const bad = html + (statuses['502'] ?? 0) + (statuses['504'] ?? 0);
    assert(html > 0 && bad >= 5, JSON.stringify(source.server.answers()));
    assert(bad / (ok + bad) > 0.1, JSON.stringify(source.server.answers()));
  });

  it('lands the same rows as the same bytes, with no hand moved', () => assertTable(run, source.records));
  it('agrees with the archive and leaves no scratch behind', () => assertTidy(run));

  it('shows its retries in the history, each with the status that was its reason', async () => {
    const retried: string[] = [];
    for (const { workflowId, runId } of await executions(run.client, run.config.taskQueue)) {
      retried.push(...retriesIn(await historyOf(run.client, workflowId, runId)));
    }
    assert(retried.length > 0);
    for (const reason of retried) assert.match(reason, /^SourceAnswer .*(502|504|not JSON)/);
    assert.equal(
      (await executions(run.client, run.config.taskQueue)).filter(({ status }) => status.name === 'FAILED')
        .length,
      0,
    );
  });
});

/** `<type> <message>` of the failure before each attempt that began as a second one or later. */
function retriesIn({ events }: History): string[] {
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    (started?.attempt ?? 0) > 1
      ? [`${started?.lastFailure?.applicationFailureInfo?.type} ${started?.lastFailure?.message}`]
      : [],
  );
}
