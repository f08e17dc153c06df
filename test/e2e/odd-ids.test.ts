import assert from 'node:assert/strict';
import {
  createSourceServer,
  type SampleRecord,
  type SourceServer,
} from '../../examples/source-server/index.js';
import { LIMITS } from '../../src/limits.js';
import type { ReprocessInput } from '../../src/workflows/messages.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { archive, envelopeOf, sampleRecord } from '../support/by-hand.js';
import { createHttpSource } from '../../src/activities/fetch/http.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { recordIdOf } from '../../src/lake/row-id.js';
import { eachRow } from '../../src/lake/rows.js';
import { executions, historyOf, textsOf } from '../support/history.js';
import { ledgers } from '../support/lake.js';
import { textElement, textForm } from '../support/text-ids.js';
import { etlRuns, resultOf } from '../workflows/etl-runs.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';

/** Ids ten apart, as of a source that numbers for several tables at once. */
const STEP = 10;
const FIRST_MS = Date.parse('2023-04-20T13:00:00.000Z');
/** First and last id of each answer, in the order in which they are given; the last one goes on. */
const WINDOWS = [
  [10, 100],
  [60, 150],
  [300, 390],
  [350, 440],
] as const;

/** Starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('a source whose ids are not contiguous', function () {
  this.timeout(120_000);
  let server: SourceServer;
  let run: Pipeline;
  const shown = new Map<number, SampleRecord>();

  before(async () => {
    let answers = 0;
    server = await createSourceServer({
      respond: () => {
        const [first, last] = WINDOWS[Math.min(answers++, WINDOWS.length - 1)] ?? assert.fail();
        return { body: JSON.stringify(window(first, last).map(envelopeOf)) };
      },
    });
    run = await pipeline(server.url, { FERNLAKE_CONTIGUOUS_IDS: 'false' });
    await run.startWorker();
    await run.schedule();
    await run.untilLanded(new Set(WINDOWS.flatMap(([from, to]) => idsOf(from, to))).size);
    await run.settle();
  });
  after(async () => {
    await run?.close();
    await server?.close();
  });

  const idsOf = (first: number, last: number): number[] =>
    Array.from({ length: (last - first) / STEP + 1 }, (_, i) => first + i * STEP);
  const window = (first: number, last: number): SampleRecord[] =>
    idsOf(first, last).map((id) => {
      const record = shown.get(id) ?? sampleRecord(id, new Date(FIRST_MS + id * 1_000).toISOString());
      shown.set(id, record);
      return record;
    });

  it('lands what it has shown, and agrees with the archive', async () => {
    await assertTable(
      run,
      [...shown.values()].sort((a, b) => a.record_id - b.record_id),
    );
    await assertTidy(run);
  });

  it('has lost what may lie between two windows that do not overlap, and nothing else', async () => {
    const [ledger, ...others] = (await ledgers(run.lake.storage, run.dataset)).values();
    assert.deepEqual(others, []);
    assert.deepEqual(ledger?.ids.missing, [[151, 299]]);
    assert(ledger.complete < 1);
  });
});

/** Starts a dev server (shared), and a worker in this process. */
describe('the archive of a source whose ids are not contiguous, carried in batches', function () {
  this.timeout(120_000);
  let run: Pipeline;

  before(async () => {
    run = await pipeline('http://127.0.0.1:9/', { FERNLAKE_CONTIGUOUS_IDS: 'false' });
    await run.startWorker();
  });
  after(() => run?.close());

  const answerOf = async (from: number, at: number): Promise<void> => {
    const records = [from, from + STEP].map((id) =>
      sampleRecord(id, new Date(FIRST_MS + id * 100).toISOString()),
    );
    await archive(run.deps, run.dataset, records, FIRST_MS + at * 1_000);
  };

  it('has lost what may lie between the last answer of one batch and the first of the next', async () => {
    const batch = LIMITS.reprocessWindowsMax;
    for (let at = 0; at < batch; at += 1) await answerOf(at * STEP, at);
    const last = batch * STEP;
    for (const [i, from] of [last + 500, last + 510].entries()) await answerOf(from, batch + i);
    const { latenessMs, idleMs, contiguousIds } = run.settings;
    const input: ReprocessInput = {
      ...{ dataset: run.dataset, latenessMs, idleMs, contiguousIds },
      ...{ mode: 'rebuild', from: null, to: null },
    };
    await run.client.workflow.execute('reprocess', {
      ...{ workflowId: `${run.dataset}-reprocess`, taskQueue: run.config.taskQueue, args: [input] },
    });
    await run.untilLanded(batch + 1 + 3);
    const [ledger, ...others] = (await ledgers(run.lake.storage, run.dataset)).values();
    assert.deepEqual(others, []);
    assert.deepEqual(ledger?.ids.missing, [[last + 1, last + 499]]);
  });
});

/** As `WINDOWS`: two that overlap in a record, then two of which nothing was seen before. */
const TEXT_WINDOWS = [
  ['b', 'a', '10', '9'],
  ['9', 'c@example.com', 'é', '\u{ffff}'],
  ['😀', '00', 'z'],
  ['z', 'y'],
] as const;

/** Starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('a source whose ids are text, in no order', function () {
  this.timeout(120_000);
  let server: SourceServer;
  let run: Pipeline;
  const form = textForm(null);

  before(async () => {
    let answers = 0;
    server = await createSourceServer({
      respond: () => {
        const ids = TEXT_WINDOWS[Math.min(answers++, TEXT_WINDOWS.length - 1)] ?? assert.fail();
        return { body: JSON.stringify(ids.map((id) => textElement(id, FIRST_MS, 0))) };
      },
    });
    run = await pipeline(server.url, { FERNLAKE_CONTIGUOUS_IDS: 'false' });
    const source = createHttpSource({ url: server.url }, form.answers);
    await run.startWorker({ deps: { form, source } });
    await run.schedule();
    await run.untilLanded(new Set(TEXT_WINDOWS.flat()).size);
    await run.settle();
  });
  after(async () => {
    await run?.close();
    await server?.close();
  });

  it('lands each record once, in the order of UTF-8, and agrees with the archive', async () => {
    const { storage } = run.lake;
    const [ledger, ...others] = (await ledgers(storage, run.dataset)).values();
    assert.deepEqual(others, []);
    const ids: unknown[] = [];
    await eachRow(storage, ledger!.object!.key, (row) => ids.push(recordIdOf(row, form)));
    assert.deepEqual(ids, ['00', '10', '9', 'a', 'b', 'c@example.com', 'y', 'z', 'é', '\u{ffff}', '😀']);
    assert.deepEqual([ledger!.ids.first, ledger!.ids.last, ledger!.complete], ['00', '😀', 1]);
    const { findings } = await auditLake({
      ...run.deps,
      dataset: run.dataset,
      ring: await run.deps.keyRing(),
      form,
    });
    assert.deepEqual(findings, []);
  });

  it('tells that records are lost where a window shows none of the one before, and no id to Temporal', async () => {
    const runs = (await etlRuns(run)).filter(({ status }) => status.name === 'COMPLETED');
    const results = await Promise.all(runs.map((each) => resultOf(run, each)));
    const lost = results.map(({ report }) => report.lostCount).reduce((sum, count) => sum + count, 0);
    assert.equal(lost, 1);
    assert.deepEqual(
      results.flatMap(({ report }) => report.lost),
      [],
    );
    for (const { workflowId, runId } of await executions(run.client, run.config.taskQueue)) {
      const texts = textsOf(await historyOf(run.client, workflowId, runId));
      assert.ok(!texts.some((text) => text.includes('c@example.com')), workflowId);
    }
  });
});
