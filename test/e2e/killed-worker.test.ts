import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { keysUnder } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** Each is the first key of its kind in a lake: the worker dies as soon as it is seen. */
const MOMENTS: readonly { readonly what: string; readonly prefix: (dataset: string) => string }[] = [
  { what: 'it has archived its first answer', prefix: () => 'raw/' },
  { what: 'it has scratch between two activities', prefix: () => 'staging/' },
  { what: 'it has a segment that is not sealed', prefix: () => 'segments/' },
  { what: 'it has an object, and perhaps no ledger yet', prefix: (dataset) => `${dataset}/` },
];
/** In the middle of whatever it does after its second start. */
const SECOND_LIFE_MS = 2_500;

interface Case {
  readonly source: SteppedSource;
  readonly run: Pipeline;
  worker?: WorkerProcess;
  deaths: number;
}

/**
 * Starts a dev server (shared), four sample APIs on loopback, and twelve real worker processes of which eight are killed.
 * All four cases at once, since each waits half a minute for the server to notice that an activity's worker is dead.
 */
describe('a worker that is killed', function () {
  this.timeout(300_000);
  const cases: Case[] = [];

  before(async () => {
    while (cases.length < MOMENTS.length) {
      const source = await steppedSource({ steps: 12, recordsPerStep: 30, minutesPerStep: 15 });
      const run = await pipeline(source.server.url);
      cases.push({ source, run, deaths: 0 });
    }
    await Promise.all(cases.map((one, i) => live(one, MOMENTS[i]?.prefix(one.run.dataset) ?? '')));
  });
  after(async () => {
    await Promise.all(cases.map(async ({ worker }) => await worker?.stop()));
    for (const { run, source } of cases) {
      await run.close();
      await source.server.close();
    }
  });

  async function live(one: Case, prefix: string): Promise<void> {
    const { source, run } = one;
    await run.schedule();
    await dieAt(one, async () => (await keysUnder(run.lake.storage, prefix)).length > 0);
    await dieAt(one, async () => (await sleep(SECOND_LIFE_MS), true));
    one.worker = await startWorkerProcess(run.env);
    await run.untilLanded(source.records.length);
    await run.settle();
  }

  /** A fresh worker runs until the moment has come, and dies there. */
  async function dieAt(one: Case, come: () => Promise<boolean>): Promise<void> {
    one.worker = await startWorkerProcess(one.run.env);
    await until('the moment to die', come, 60_000);
    await one.worker.kill();
    one.deaths += 1;
  }

  MOMENTS.forEach(({ what }, i) => {
    it(`when ${what}, and once more, lands the same bytes as one that lives`, async () => {
      const one = cases[i];
      assert(one);
      assert.equal(one.deaths, 2);
      await assertTable(one.run, one.source.records);
      await assertTidy(one.run);
    });
  });

  it('and that is not, drains at SIGTERM and ends with 0', async () => {
    assert.equal(await cases[0]?.worker?.stop(), 0);
  });
});
