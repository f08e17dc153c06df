import assert from 'node:assert/strict';
import { applySchedule, scheduleHandle, triggerSchedule } from '../../src/schedule.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { etlRuns } from './etl-runs.js';

/** Starts a dev server (shared), a sample API on loopback and a worker in this process. */
describe('the schedule', function () {
  this.timeout(60_000);
  let source: SteppedSource;
  let run: Pipeline;
  before(async () => {
    source = await steppedSource({ steps: 3, recordsPerStep: 20, minutesPerStep: 1 });
    // Once an hour: in the time of this test only what is triggered runs.
    run = await pipeline(source.server.url, { FERNLAKE_SLOT: '1h', FERNLAKE_POLL_MAX: '1h' });
  });
  after(async () => {
    await run?.close();
    await source?.server.close();
  });

  it('is made once, and then made to fit the configuration', async () => {
    const { client, config } = run;
    assert.equal(await applySchedule(client, config), 'created');
    assert.equal(await applySchedule(client, config), 'updated');
    const slot = { ...config, slotMs: 2_000 };
    assert.equal(await applySchedule(client, slot), 'updated');
    const { spec, policies, action, state } = await scheduleHandle(client, config).describe();
    assert.deepEqual(
      spec.intervals?.map(({ every }) => every),
      [2_000],
    );
    assert.equal(policies.overlap, 'BUFFER_ONE');
    assert.equal((action.args?.[0] as { slotMs: number }).slotMs, 2_000);
    assert.equal(state.paused, false);
  });

  it("stays paused, with the operator's note, when it is applied again", async () => {
    const { client, config } = run;
    const handle = scheduleHandle(client, config);
    await handle.pause('the source is being moved');
    assert.equal(await applySchedule(client, config), 'updated');
    const { state } = await handle.describe();
    assert.deepEqual([state.paused, state.note], [true, 'the source is being moved']);
  });

  it('lets a triggered run wait for the one that runs', async () => {
    const { client, config } = run;
    await applySchedule(client, { ...config, slotMs: 2_000 });
    await run.startWorker();
    await triggerSchedule(client, config);
    await until('the first one runs', async () => (await etlRuns(run)).length === 1);
    await triggerSchedule(client, config);
    const [first, second] = await until('both are done', async () => {
      const runs = await etlRuns(run);
      return runs.length === 2 && runs.every(({ status }) => status.name === 'COMPLETED') && runs;
    });
    assert(first?.closeTime && second);
    assert(second.startTime.getTime() >= first.closeTime.getTime());
  });
});
