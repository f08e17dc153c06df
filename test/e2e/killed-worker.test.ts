import assert from 'node:assert/strict';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { keysUnder } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

interface Moment {
  readonly what: string;
  readonly prefix: (dataset: string) => string;
}

/** Each is the first new key of its kind in the lake: the worker dies as soon as it is seen. */
const DEATHS: readonly Moment[] = [
  { what: 'it has archived its first answer', prefix: () => 'raw/' },
  { what: 'it has an object, and perhaps no ledger yet', prefix: (dataset) => `${dataset}/` },
];

/** At least: looked for more seldom, it may have come and gone. */
const LOOK_MS_MAX = 30;

/**
 * Starts a dev server (shared), a sample API on loopback, and three real worker processes of which two are killed. It waits half a
 * minute for the server to notice that an activity's worker is dead. `npm run test:crash` kills at every moment there is.
 */
describe('a worker that is killed', function () {
  this.timeout(300_000);
  let source: SteppedSource;
  let run: Pipeline;
  let worker: WorkerProcess | undefined;
  let deaths = 0;

  before(async () => {
    source = await steppedSource({ steps: 12, recordsPerStep: 30, minutesPerStep: 15 });
    run = await pipeline(source.server.url);
    await run.schedule();
    for (const { prefix } of DEATHS) await dieAt(prefix(run.dataset));
    worker = await startWorkerProcess(run.env);
    await run.untilLanded(source.records.length);
    await run.settle();
  });
  after(async () => {
    await worker?.stop();
    await run?.close();
    await source?.server.close();
  });

  /** A fresh worker runs until a key has come below the prefix, and dies there. */
  async function dieAt(prefix: string): Promise<void> {
    const keys = (): Promise<string[]> => keysUnder(run.lake.storage, prefix);
    const before = new Set(await keys());
    worker = await startWorkerProcess(run.env);
    const isNew = async (): Promise<boolean> => (await keys()).some((key) => !before.has(key));
    await until('the moment to die', isNew, 60_000, LOOK_MS_MAX);
    await worker.kill();
    deaths += 1;
  }

  it(`when ${DEATHS.map(({ what }) => what).join(', and again when ')}, lands the same bytes as one that lives`, async () => {
    assert.equal(deaths, DEATHS.length);
    await assertTable(run, source.records);
    await assertTidy(run);
  });

  it('and that is not, drains at SIGTERM and ends with 0', async () => {
    assert.equal(await worker?.stop(), 0);
  });
});
