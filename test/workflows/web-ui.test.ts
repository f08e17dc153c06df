import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { ensureSearchAttributes } from '../../src/process/search-attributes.js';
import { applySchedule, scheduleHandle } from '../../src/schedule.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';
import type { sealHour } from '../../src/workflows/seal-hour.js';
import { handlersOf, messagesOf } from '../docs/reference/source-text.js';
import { fernlake } from '../commands/fernlake.js';
import { executions, historyOf } from '../support/history.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { quietLog } from '../support/quiet-log.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { temporalCli } from '../support/temporal-cli.js';
import { sharedTemporal } from '../support/temporal-server.js';
import { until } from '../support/until.js';

interface Metadata {
  readonly definition?: {
    readonly type?: string;
    readonly queryDefinitions?: readonly { name?: string; description?: string }[];
    readonly signalDefinitions?: readonly { name?: string; description?: string }[];
    readonly updateDefinitions?: readonly { name?: string; description?: string }[];
  };
  readonly currentDetails?: string;
}

interface Texts {
  readonly summary?: object | null;
  readonly details?: object | null;
}

/**
 * What a person reads in the Temporal Web UI, asked of a real server. Starts a dev server (shared), a sample API on
 * loopback and a worker in this process; `bin/fernlake` and the Temporal CLI as processes.
 */
describe('what the Web UI shows', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;
  let all: WorkflowExecutionInfo[];
  /** One run of each kind that is done. */
  const runs = new Map<string, { workflowId: string; runId: string }>();

  before(async () => {
    quietLog();
    source = await steppedSource({ steps: 14, recordsPerStep: 120, minutesPerStep: 10 });
    // So slow that the pace is a timer, and a seal waits.
    run = await pipeline(source.server.url, {
      FERNLAKE_SLOT: '8s',
      FERNLAKE_POLL_MIN: '2500ms',
      FERNLAKE_POLL_MAX: '3s',
      FERNLAKE_IDLE: '4s',
    });
    const { connection, namespace } = await sharedTemporal();
    await ensureSearchAttributes(connection, namespace);
    await run.startWorker();
    await applySchedule(run.client, run.config, { searchAttributes: true });
    await until(
      'two hours are sealed',
      async () => (await ledgers(run.lake.storage, run.dataset)).size >= 2,
      90_000,
    );
    await until('a whole slot is over', async () =>
      (await executions(run.client, run.config.taskQueue)).some(
        ({ type, status }) => type === 'etl' && status.name === 'COMPLETED',
      ),
    );
    const { code, stderr } = await fernlake(['reprocess'], { env: run.env, cwd: run.lake.dir });
    assert.equal(code, 0, stderr);
    // The list of runs is a little behind the runs.
    await until('the reprocess is listed as done', async () => {
      all = await executions(run.client, run.config.taskQueue);
      return all.some(({ type, status }) => type === 'reprocess' && status.name === 'COMPLETED');
    });
    for (const { type, workflowId, runId, status } of all)
      if (status.name === 'COMPLETED') runs.set(type, { workflowId, runId });
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  const textOf = (payload: object | null | undefined): string =>
    payload ? String(defaultPayloadConverter.fromPayload(payload)) : '';

  it('is a sentence and its details for the schedule’s action and for each kind of run', async () => {
    const { action, state } = await scheduleHandle(run.client, run.config).describe();
    assert.equal(action.staticSummary, `carry ${run.dataset} into the lake`);
    assert.match(action.staticDetails ?? '', /Polls the source for one slot/);
    assert.match(state.note ?? '', /polls the source/);
    for (const type of ['etl', 'sealHour', 'reprocess', 'carryPiece', 'sealPiece']) {
      const { workflowId, runId } = runs.get(type) ?? assert.fail(type);
      const described = await run.client.workflow.getHandle(workflowId, runId).describe();
      assert((await described.staticSummary())?.includes(run.dataset), type);
      assert(((await described.staticDetails()) ?? '').length > 60, type);
    }
  });

  it('is a summary of every activity and of every timer', async () => {
    const seen = new Map<string, string>();
    for (const { type, workflowId, runId } of all) {
      for (const event of (await historyOf(run.client, workflowId, runId)).events ?? []) {
        const name =
          event.activityTaskScheduledEventAttributes?.activityType?.name ??
          (event.timerStartedEventAttributes ? `${type} timer` : undefined);
        if (typeof name !== 'string') continue;
        const summary = textOf((event.userMetadata as Texts | null | undefined)?.summary);
        assert(summary !== '', `${type}: ${name} has no summary`);
        seen.set(name, `${seen.get(name) ?? ''}${summary}\n`);
      }
    }
    for (const activity of ['fetch', 'survey', 'decrypt', 'compact', 'partition', 'gzip', 'upload', 'merge'])
      assert(seen.has(activity), activity);
    for (const activity of ['settle', 'sweep', 'findUncarried', 'listArrivals', 'listSealed'])
      assert(seen.has(activity), activity);
    assert.match(seen.get('fetch') ?? '', /^fetch 100 records, about \d+ new after \d+$/m);
    assert.match(seen.get('etl timer') ?? '', /^sleep [\d.]+ s, about half a window at [\d.]+ records\/s$/m);
    assert.match(seen.get('sealHour timer') ?? '', /^wait for a record later than .* UTC, or until .* UTC$/m);
  });

  it('says how each run stands, in its current details, and describes what it can be asked and told', async () => {
    for (const [type, file, words] of [
      ['etl', 'etl', /polls, .*newest id \d+\.[^]*batches carried[^]*Hours touched: /],
      ['sealHour', 'seal-hour', /^Sealed, revision \d+: \d+ rows/],
      ['reprocess', 'reprocess', /^Done: \d+ answers carried, \d+ hours computed again/],
      ['sealPiece', 'seal-piece', /^\d+ of \d+ hours computed again, \d+ changed; /],
    ] as const) {
      const { workflowId, runId } = runs.get(type) ?? assert.fail(type);
      const handle = run.client.workflow.getHandle(workflowId, runId);
      const { definition = {}, currentDetails = '' } = await handle.query<Metadata>(
        '__temporal_workflow_metadata',
      );
      assert.equal(definition.type, type);
      assert.match(currentDetails, words);
      const shown = [
        ...(definition.queryDefinitions ?? []),
        ...(definition.signalDefinitions ?? []),
        ...(definition.updateDefinitions ?? []),
      ].filter(({ name }) => !name?.startsWith('__'));
      const messages = messagesOf('src/workflows/messages.ts');
      const wanted = handlersOf(`src/workflows/${file}.ts`).map(({ message, description }) => [
        messages.get(message)?.name,
        description,
      ]);
      assert.deepEqual(
        new Map(shown.map(({ name, description }) => [name, description])),
        new Map(wanted as []),
      );
    }
  });

  it('says of each hour what its ledger says: in the result, and in what can be searched for', async () => {
    await run.settle();
    const sealed = [...(await ledgers(run.lake.storage, run.dataset)).values()];
    const newest = await until('the last seal of every hour is listed', async () => {
      const found = await newestSeals();
      const isListed = sealed.every(
        ({ hour, revision }) => found.get(sealWorkflowId(run.dataset, hour))?.revision === revision,
      );
      return isListed && found;
    });
    assert.equal(newest.size, sealed.length);
    for (const { hour, landed, seen, duplicates, revision, complete, ids } of sealed) {
      const found = newest.get(sealWorkflowId(run.dataset, hour));
      assert(found, hour);
      const handle = run.client.workflow.getHandle<typeof sealHour>(found.workflowId, found.runId);
      const { ledger } = await handle.result();
      assert(ledger);
      const { missingCount } = ids;
      assert.deepEqual(
        {
          ...{ landed: ledger.landed, seen: ledger.seen, duplicates: ledger.duplicates },
          ...{ revision: ledger.revision, complete: ledger.complete, missingCount: ledger.missingCount },
        },
        { landed, seen, duplicates, revision, complete, missingCount },
      );
      const shown = (await handle.describe()).typedSearchAttributes;
      const valueOf = (name: string) => shown.getAll().find(({ key }) => key.name === name)?.value;
      assert.deepEqual(
        [valueOf('FernlakeRecords'), valueOf('FernlakeMissing'), valueOf('FernlakeHour')],
        [landed, missingCount, hour],
      );
    }
  });

  /** Of each hour the run that began last of those that are done and have sealed. */
  async function newestSeals(): Promise<Map<string, WorkflowExecutionInfo & { revision: number }>> {
    const newest = new Map<string, WorkflowExecutionInfo & { revision: number }>();
    for (const each of await executions(run.client, run.config.taskQueue)) {
      const { type, workflowId, runId, status, startTime } = each;
      if (type !== 'sealHour' || status.name !== 'COMPLETED') continue;
      const { ledger } = await run.client.workflow.getHandle<typeof sealHour>(workflowId, runId).result();
      const before = newest.get(workflowId);
      if (ledger && (!before || before.startTime < startTime))
        newest.set(workflowId, { ...each, revision: ledger.revision });
    }
    return newest;
  }

  it('finds every hour with missing ids by `temporal workflow list --query`', async () => {
    const list = async (query: string): Promise<string[]> => {
      const { stdout } = await promisify(execFile)(
        await temporalCli(),
        [
          'workflow',
          'list',
          '--address',
          run.env['TEMPORAL_ADDRESS'] ?? '',
          '--query',
          query,
          '--output',
          'json',
        ],
        { maxBuffer: 64 * 1024 * 1024 },
      );
      const found = JSON.parse(stdout) as { execution: { workflowId: string } }[];
      return [...new Set(found.map(({ execution }) => execution.workflowId))].sort();
    };
    await run.settle();
    const lossy = [...(await ledgers(run.lake.storage, run.dataset)).values()]
      .filter(({ ids }) => ids.missingCount > 0)
      .map(({ hour }) => sealWorkflowId(run.dataset, hour));
    assert(lossy.length > 0);
    await until(
      'the CLI lists them',
      async () =>
        JSON.stringify(
          await list(
            `FernlakeMissing > 0 AND FernlakeState = 'sealed' AND FernlakeDataset = '${run.dataset}'`,
          ),
        ) === JSON.stringify(lossy.sort()),
      20_000,
    );
    const [hour] = lossy;
    const one = await list(`FernlakeHour = '${hour?.slice(-13)}' AND FernlakeDataset = '${run.dataset}'`);
    assert.deepEqual(one, [hour]);
    const done = `WorkflowType = 'reprocess' AND FernlakeDataset = '${run.dataset}' AND FernlakeState = 'done'`;
    await until('the CLI lists the reprocess', async () => (await list(done)).length > 0);
  });
});
