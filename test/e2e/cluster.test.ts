import assert from 'node:assert/strict';
import { applySchedule, scheduleHandle } from '../../src/schedule.js';
import { ensureSearchAttributes, type SearchAttributesState } from '../../src/process/search-attributes.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { keysUnder, ledgers, tempLake } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { TEMPORAL_SERVER_VERSION } from '../support/temporal-build.js';
import { temporalClusterOrSkip, type TemporalCluster } from '../support/temporal-cluster.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/**
 * Starts PostgreSQL, a Temporal server on it (set up by the compose file's own scripts), a sample API on loopback and two
 * worker processes; kills the server twice while they carry.
 */
describe('a Temporal cluster on PostgreSQL', function () {
  this.timeout(240_000);
  let cluster: TemporalCluster;
  let source: SteppedSource;
  let run: Pipeline;
  let registered: SearchAttributesState;
  const workers: WorkerProcess[] = [];

  before(async function () {
    this.timeout(900_000);
    cluster = await temporalClusterOrSkip(this);
    source = await steppedSource({ steps: 12, recordsPerStep: 30, minutesPerStep: 20 });
    run = await pipeline(source.server.url, {}, await tempLake(), cluster);
    workers.push(...(await Promise.all([startWorkerProcess(run.env), startWorkerProcess(run.env)])));
    registered = await ensureSearchAttributes(cluster.connection, cluster.namespace);
    await applySchedule(run.client, run.config, { searchAttributes: true });
    const seen = async (prefix: string, count: number): Promise<boolean> =>
      (await keysUnder(run.lake.storage, prefix)).length >= count;
    await until('it fetches', () => seen('raw/', 3), 60_000);
    await cluster.killAndRestart();
    await until('it seals', () => seen('ledger/', 1), 60_000);
    await cluster.killAndRestart();
    await run.untilLanded(source.records.length);
    await run.settle();
  });
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await run?.close();
    await source?.server.close();
    await cluster?.stop();
  });

  it('is of the version that the compose file names', () => {
    assert.equal(cluster.version, TEMPORAL_SERVER_VERSION);
  });

  it('is killed twice under load, and the same bytes land', () => assertTable(run, source.records));
  it('leaves nothing behind that differs from the archive', () => assertTidy(run));

  it('keeps the schedule', async () => {
    const { policies, info, state } = await scheduleHandle(cluster.client, run.config).describe();
    assert.equal(policies.overlap, 'BUFFER_ONE');
    assert.equal(state.paused, true);
    assert(info.numActionsTaken > 0);
  });

  it('has the search attributes from its set-up', () => {
    assert.deepEqual(registered, { kind: 'ready', added: [] });
  });

  it('finds the child workflow of every sealed hour by its search attributes', async () => {
    const sealed = [...(await ledgers(run.lake.storage, run.dataset))];
    assert.equal(sealed.length, 5);
    for (const [hour, { landed, revision }] of sealed) {
      const query =
        `FernlakeDataset = '${run.dataset}' AND FernlakeHour = '${hour}' AND FernlakeState = 'sealed' ` +
        `AND FernlakeRevision = ${revision} AND FernlakeRecords = ${landed}`;
      // Visibility is written a moment later than the history.
      const parents = await until(query, async () => {
        const found: (string | null | undefined)[] = [];
        for await (const { parentExecution } of cluster.client.workflow.list({ query }))
          found.push(parentExecution?.workflowId);
        return found.length > 0 && found;
      });
      assert(
        parents.every((id) => typeof id === 'string'),
        `${query}: no child`,
      );
    }
  });
});
