import assert from 'node:assert/strict';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import { createHttpSource } from '../../src/activities/fetch/http.js';
import { applySchedule } from '../../src/schedule.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { hashesUnder } from '../support/lake.js';

const INCREMENTAL = {
  startParam: 'since_id',
  newest: 'highest',
  limitParam: 'limit',
  limit: 100,
  cursorParam: null,
  cursorPath: null,
} as const;

/** Starts a dev server (shared), a sample API on loopback, and a worker in this process. */
describe('a source that is asked for what came after an id', function () {
  this.timeout(120_000);
  let source: SourceServer;
  let run: Pipeline;
  after(async () => {
    await run?.close();
    await source?.close();
  });

  it('gives all that came while no worker ran', async () => {
    let nowMs = Date.parse('2023-05-01T10:45:00.000Z');
    source = await createSourceServer({
      ...{ history: 50, rate: 1, startMs: nowMs, nowMs: () => nowMs, paging: true },
    });
    run = await pipeline(source.url, { FERNLAKE_POLL_MAX: '200ms', FERNLAKE_SLOT: '3s' });
    const own = createHttpSource({ url: source.url, incremental: INCREMENTAL }, run.deps.form.answers);
    const { client, config, settings } = run;
    const incremental = { ...config, source: { ...config.source, incremental: INCREMENTAL } };
    const worker = await run.startWorker({ deps: { source: own } });
    await applySchedule(client, incremental, settings.lake ? { lake: settings.lake } : {});
    await until('it was asked', () => source.requests() > 2);
    await worker.stop();
    nowMs += 1_000_000;
    await run.startWorker({ deps: { source: own } });
    await until('all of it was asked for', () => source.requests() > 16, 60_000);
    await run.settle();
    await run.untilLanded(source.newestId() - (source.served(0).id as number) + 1);
    assert(Object.keys(await hashesUnder(run.lake.storage, 'raw/')).length > 10);
    await until(
      'audit',
      async () => {
        const { findings, landed } = await run.audit();
        return findings.length === 0 && landed > 900;
      },
      30_000,
    );
    process.stderr.write(`${source.requests()} requests\n`);
  });
});
