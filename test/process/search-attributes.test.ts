import assert from 'node:assert/strict';
import { quietLog } from '../support/quiet-log.js';
import { applySchedule } from '../../src/schedule.js';
import { ensureSearchAttributes, type Operator } from '../../src/process/search-attributes.js';
import { ATTRIBUTES } from '../../src/workflows/attribute-keys.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';
import type { SealResult } from '../../src/workflows/messages.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { sharedTemporal } from '../support/temporal-server.js';
import { until } from '../support/until.js';

const NAMES = Object.values(ATTRIBUTES).map(({ name }) => name);

/** A server that answers in this way; what it is asked to add is kept. */
function operator(known: Record<string, number>, refusal?: string): Operator & { added: string[] } {
  const added: string[] = [];
  return {
    added,
    operatorService: {
      listSearchAttributes: async () => ({ customAttributes: known }),
      addSearchAttributes: async ({ searchAttributes }) => {
        if (refusal !== undefined) throw new Error(refusal);
        added.push(...Object.keys(searchAttributes));
        Object.assign(known, searchAttributes);
      },
    },
  };
}

describe('the registration of search attributes', () => {
  it('asks for three of type Int and no more, which is all that PostgreSQL has room for', () => {
    const types = Object.values(ATTRIBUTES).map(({ type }) => type);
    assert.equal(types.filter((type) => type === 'INT').length, 3);
    assert.equal(types.filter((type) => type === 'KEYWORD').length, 3);
  });

  it('adds what is lacking and nothing else', async () => {
    const server = operator({ FernlakeDataset: 2, FernlakeRecords: 3, CustomerId: 2 });
    const state = await ensureSearchAttributes(server, 'default');
    assert.deepEqual(server.added, ['FernlakeHour', 'FernlakeMissing', 'FernlakeRevision', 'FernlakeState']);
    assert.deepEqual(state, { kind: 'ready', added: server.added });
    assert.deepEqual(await ensureSearchAttributes(server, 'default'), { kind: 'ready', added: [] });
  });

  it('says how to do it by hand where the server does not allow it', async () => {
    const state = await ensureSearchAttributes(operator({}, '7 PERMISSION_DENIED: no'), 'mine.a1b2c');
    assert.equal(state.kind, 'unavailable');
    assert.match(state.why, /PERMISSION_DENIED/);
    for (const name of NAMES) assert(state.why.includes(`--name ${name} --type `), name);
    assert.match(state.why, /--namespace mine\.a1b2c/);
    assert.match(state.why, /tcld namespace search-attributes add/);
  });

  it('does not touch one of another type, and names it', async () => {
    const server = operator({ FernlakeMissing: 1 });
    const state = await ensureSearchAttributes(server, 'default');
    assert.equal(state.kind, 'unavailable');
    assert.match(state.why, /FernlakeMissing \(must be Int\)/);
    assert.deepEqual(server.added, []);
  });
});

/** Starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('search attributes on a real server', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;

  before(async () => {
    quietLog();
    // 150 records a step and a window of 100: ids are lost for certain.
    source = await steppedSource({ steps: 12, recordsPerStep: 150, minutesPerStep: 10 });
    run = await pipeline(source.server.url);
    const { connection, namespace } = await sharedTemporal();
    assert.equal((await ensureSearchAttributes(connection, namespace)).kind, 'ready');
    await run.startWorker();
    await applySchedule(run.client, run.config, { searchAttributes: true });
    await until(
      'three hours are sealed',
      async () => (await ledgers(run.lake.storage, run.dataset)).size >= 3,
      90_000,
    );
    await run.settle();
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  async function found(query: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { workflowId } of run.client.workflow.list({ query })) ids.push(workflowId);
    return [...new Set(ids)].sort();
  }

  it('let one query find every hour with missing ids', async () => {
    const all = [...(await ledgers(run.lake.storage, run.dataset)).values()];
    const lossy = all.filter(({ ids }) => ids.missingCount > 0).map(({ hour }) => hour);
    assert(lossy.length >= 2, `${lossy.length} of ${all.length} hours have missing ids`);
    const query = `FernlakeMissing > 0 AND WorkflowType = 'sealHour' AND FernlakeDataset = '${run.dataset}'`;
    await until('visibility lists them', async () => (await found(query)).length === lossy.length);
    assert.deepEqual(
      await found(query),
      lossy.map((hour) => sealWorkflowId(run.dataset, hour)),
    );
  });

  it('say of each sealed hour what its ledger says', async () => {
    for (const [hour, ledger] of await ledgers(run.lake.storage, run.dataset)) {
      const handle = run.client.workflow.getHandle(sealWorkflowId(run.dataset, hour));
      const { typedSearchAttributes: shown } = await handle.describe();
      assert.equal(shown.get(ATTRIBUTES.hour), hour);
      assert.equal(shown.get(ATTRIBUTES.state), 'sealed');
      if (((await handle.result()) as SealResult).ledger === null) continue;
      assert.equal(shown.get(ATTRIBUTES.records), ledger.landed);
      assert.equal(shown.get(ATTRIBUTES.missing), ledger.ids.missingCount);
      assert.equal(shown.get(ATTRIBUTES.revision), ledger.revision);
    }
  });

  it('count on each slot what was carried and what the window moved past', async () => {
    const query = `WorkflowType = 'etl' AND FernlakeDataset = '${run.dataset}'`;
    let missing = 0;
    for await (const { typedSearchAttributes: shown, status } of run.client.workflow.list({ query })) {
      if (status.name === 'COMPLETED') assert.equal(shown.get(ATTRIBUTES.state), 'done');
      missing += shown.get(ATTRIBUTES.missing) ?? 0;
    }
    assert(missing > 0);
  });
});
