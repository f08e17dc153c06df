import assert from 'node:assert/strict';
import { ApplicationFailure } from '@temporalio/common';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import { createStage, type Lie, LIES } from '../../examples/source-server/lies.js';
import { summarizeQuarantine } from '../../src/inspect/verify/quarantine-summary.js';
import { assertTidy } from '../support/assert-table.js';
import { executions } from '../support/history.js';
import { hashesUnder, ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { placeOf } from './liar.js';

const FULL = process.env['FERNLAKE_CAMPAIGN'] === 'full';
/** Five minutes of patience and 10,000 seals are for the other tests. */
const SLOW = new Set(['503-for-a-year', '403-for-an-hour', 'ten-thousand-hours']);
const SAMPLE = new Set([
  'html-with-200',
  '404',
  'json-nan',
  'python-list',
  'truncated-json',
  'gzip-twice',
  'no-content',
  'gzip-bomb',
  'broken-off',
  'element-null',
  'id-past-2-53',
  'conflict',
  'duplicate',
  'nothing-but-junk',
  'token-of-another-key',
  'code-call',
  'text-huge',
  'lone-surrogate',
  'odd-prototype',
]);

/** Runs poll without a pause: once all is told, answers come so slowly, and leave the machine to other tests. */
const AT_THE_END_MS = 1_500;

/** Starts a dev server (shared), a sample API on loopback that tells each lie once, and a worker in this process. */
describe('lies, through schedule, worker and seal', function () {
  this.timeout(600_000);
  const lies = LIES.filter(({ name }) => (FULL ? !SLOW.has(name) : SAMPLE.has(name)));
  let server: SourceServer;
  let run: Pipeline;

  before(async () => {
    let told = 0;
    server = await createSourceServer({
      slowMs: AT_THE_END_MS,
      respond: ({ key, nowMs }) => {
        const lie = lies[told];
        if (lie === undefined) {
          server.setFail({ slow: 1 });
          return { body: '[]' };
        }
        told += 1;
        return lie.answer(createStage({ key, nowMs, ...placeOf(told) }));
      },
    });
    run = await pipeline(server.url, { FERNLAKE_CONTIGUOUS_IDS: 'false' });
    await run.startWorker();
    await run.schedule();
    await until('every lie is told', () => told === lies.length, 400_000);
    await run.untilLanded(expectedSum(lies, 'landed'));
    await run.settle();
  });
  after(async () => {
    await run?.close();
    await server?.close();
  });

  it(`land what is good in ${lies.length} of them, and count what is double`, async () => {
    const all = [...(await ledgers(run.lake.storage, run.dataset)).values()];
    assert.equal(
      all.reduce((sum, { landed }) => sum + landed, 0),
      expectedSum(lies, 'landed'),
    );
    assert.equal(
      all.reduce((sum, { duplicates }) => sum + duplicates, 0),
      expectedSum(lies, 'duplicates'),
    );
  });

  it('leave what is bad in quarantine, with the reason', async () => {
    const found: Record<string, number> = {};
    for (const { reason, appearances } of (await summarizeQuarantine(run.lake.storage, run.dataset)).groups)
      found[reason] = (found[reason] ?? 0) + appearances;
    assert.deepEqual(found, expectedQuarantine(lies));
  });

  it('fail no run but one in whose slot no answer came', async () => {
    const all = await executions(run.client, run.config.taskQueue);
    for (const { workflowId, runId } of all.filter(({ status }) => status.name === 'FAILED')) {
      const error: unknown = await run.client.workflow
        .getHandle(workflowId, runId)
        .result()
        .catch((e: unknown) => (e as { cause?: unknown }).cause);
      assert(error instanceof ApplicationFailure, String(error));
      assert.match(
        `${error.type} ${error.message}`,
        /^Source\w+ the source gave no answer in the whole slot/,
      );
    }
  });

  it('leave a lake that agrees with its archive', () => assertTidy(run));

  it('change no byte when everything is computed again', async () => {
    const before = await hashesUnder(run.lake.storage, '');
    await run.settle();
    assert.deepEqual(await hashesUnder(run.lake.storage, ''), before);
  });
});

/** What is carried of the answer, be it for a failed poll or not. */
const takenOf = (expected: Lie['expected']) => (expected.kind === 'taken' ? expected : expected.kept);

function expectedSum(lies: readonly Lie[], what: 'landed' | 'duplicates'): number {
  return lies.reduce((sum, { expected }) => sum + (takenOf(expected)?.[what] ?? 0), 0);
}

function expectedQuarantine(lies: readonly Lie[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { expected } of lies) {
    for (const [reason, n] of Object.entries(takenOf(expected)?.quarantined ?? {}))
      counts[reason] = (counts[reason] ?? 0) + n;
  }
  return counts;
}
