import assert from 'node:assert/strict';
import {
  createSourceServer,
  type SampleRecord,
  type SourceServer,
} from '../../examples/source-server/index.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { envelopeOf, sampleRecord } from '../support/by-hand.js';
import { ledgers } from '../support/lake.js';
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
