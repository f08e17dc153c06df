import assert from 'node:assert/strict';
import { createMint, DEMO_KEY, pythonRepr, type SampleRecord } from '../../examples/source-server/index.js';
import { expectedRow } from '../support/expected-rows.js';
import { executions, historyOf, textsOf } from '../support/history.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** Stands in a token that opens, but holds no record. */
const CANARY = 'canary 7d1f: {"password": "correct horse"}';

/** Starts a dev server (shared), a sample API on loopback and a real worker process. */
describe('what Temporal and the log keep of a run', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;
  let worker: WorkerProcess;
  const texts = new Map<string, string>();

  before(async () => {
    const mint = createMint(DEMO_KEY);
    source = await steppedSource(
      { steps: 10, recordsPerStep: 30, minutesPerStep: 15 },
      {
        fail: { '502': 0.1, html: 0.1 },
        mutate: (envelopes, { nowMs }) => [
          ...envelopes,
          { ...envelopes[0], data: mint(CANARY, nowMs) },
          { ...envelopes[0], data: `gAAAAA${'x'.repeat(94)}` },
          CANARY,
        ],
      },
    );
    run = await pipeline(source.server.url);
    worker = await startWorkerProcess(run.env);
    await run.schedule();
    await run.untilLanded(source.records.length);
    await run.settle();
    for (const { workflowId, runId } of await executions(run.client, run.config.taskQueue)) {
      texts.set(`${workflowId} ${runId}`, textsOf(await historyOf(run.client, workflowId, runId)).join('\n'));
    }
    await worker.stop();
    texts.set('the log', worker.output());
  });
  after(async () => {
    await worker?.stop();
    await run?.close();
    await source?.server.close();
  });

  const assertNowhere = (what: string, needles: readonly string[]): void => {
    for (const [where, text] of texts) {
      assert(!needles.some((needle) => text.includes(needle)), `${where} holds ${what}`);
    }
  };
  const each = (of: (record: SampleRecord) => string): string[] => source.records.map(of);

  it('is there to be read: every step of etl and sealHour, a ledger, and lines of the log', async () => {
    const whole = [...texts.values()].join('\n');
    for (const step of ['fetch', 'decrypt', 'compact', 'partition', 'gzip', 'upload', 'merge', 'settle'])
      assert(whole.includes(step), step);
    const [ledger] = (await ledgers(run.lake.storage, run.dataset)).values();
    assert(whole.includes(ledger?.object?.sha256 ?? 'no object'));
    assert.match(texts.get('the log') ?? '', /"level":"warn".*502/);
  });

  it('holds no token', () => assertNowhere('a token', ['gAAAA']));
  it('holds no key', () => assertNowhere('a key', [DEMO_KEY, DEMO_KEY.replace(/=$/, '')]));
  it('holds no record, neither readable nor compact', () => {
    assertNowhere('a plaintext', each(pythonRepr));
    assertNowhere('a row', each(expectedRow));
  });
  it('holds no user id, neither readable nor compact', () => {
    assertNowhere(
      'a user id',
      each(({ user_id }) => user_id),
    );
    assertNowhere(
      'a compact user id',
      each(({ user_id }) => Buffer.from(user_id, 'hex').toString('base64url')),
    );
  });
  it("holds no word of a record's content", () =>
    assertNowhere('content', [
      'POST view',
      'POST cart',
      'POST purchase',
      'json_logger',
      'levelname',
      '/api/products/',
    ]));
  it('holds nothing of what was refused', () =>
    assertNowhere('a refused plaintext', [CANARY, 'canary 7d1f', 'correct horse', 'password']));
});
