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

/** Each is the first new key of its kind in a lake: the worker dies as soon as it is seen. Two deaths a lake. */
const LIVES: readonly (readonly [Moment, Moment])[] = [
  [
    { what: 'it has archived its first answer', prefix: () => 'raw/' },
    { what: 'it has a segment that is not sealed', prefix: () => 'segments/' },
  ],
  [
    { what: 'it has scratch between two activities', prefix: () => 'staging/' },
    { what: 'it has an object, and perhaps no ledger yet', prefix: (dataset) => `${dataset}/` },
  ],
];

/** At least: looked for more seldom, it may have come and gone. */
const SCRATCH_LIVES_MS = 30;

interface Case {
  readonly source: SteppedSource;
  readonly run: Pipeline;
  worker?: WorkerProcess;
  deaths: number;
}

/**
 * Starts a dev server (shared), two sample APIs on loopback, and six real worker processes of which four are killed.
 * Both cases at once, since each waits half a minute for the server to notice that an activity's worker is dead.
 */
describe('a worker that is killed', function () {
  this.timeout(300_000);
  const cases: Case[] = [];

  before(async () => {
    while (cases.length < LIVES.length) {
      const source = await steppedSource({ steps: 12, recordsPerStep: 30, minutesPerStep: 15 });
      const run = await pipeline(source.server.url);
      cases.push({ source, run, deaths: 0 });
    }
    await Promise.all(cases.map((one, i) => live(one, LIVES[i] ?? [])));
  });
  after(async () => {
    await Promise.all(cases.map(async ({ worker }) => await worker?.stop()));
    for (const { run, source } of cases) {
      await run.close();
      await source.server.close();
    }
  });

  async function live(one: Case, moments: readonly Moment[]): Promise<void> {
    const { source, run } = one;
    await run.schedule();
    for (const { prefix } of moments) await dieAt(one, prefix(run.dataset));
    one.worker = await startWorkerProcess(run.env);
    await run.untilLanded(source.records.length);
    await run.settle();
  }

  /** A fresh worker runs until a key has come below the prefix, and dies there. */
  async function dieAt(one: Case, prefix: string): Promise<void> {
    const keys = (): Promise<string[]> => keysUnder(one.run.lake.storage, prefix);
    const before = new Set(await keys());
    one.worker = await startWorkerProcess(one.run.env);
    const isNew = async (): Promise<boolean> => (await keys()).some((key) => !before.has(key));
    await until('the moment to die', isNew, 60_000, SCRATCH_LIVES_MS);
    await one.worker.kill();
    one.deaths += 1;
  }

  LIVES.forEach((moments, i) => {
    it(`when ${moments.map(({ what }) => what).join(', and again when ')}, lands the same bytes as one that lives`, async () => {
      const one = cases[i];
      assert(one);
      assert.equal(one.deaths, moments.length);
      await assertTable(one.run, one.source.records);
      await assertTidy(one.run);
    });
  });

  it('and that is not, drains at SIGTERM and ends with 0', async () => {
    assert.equal(await cases[0]?.worker?.stop(), 0);
  });
});
