import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import type { Hour } from '../../src/dataset/hour.js';
import { defaultBuildId } from '../../src/process/deployment.js';
import { CODE } from '../../src/config/version.js';
import { sealNow } from '../../src/workflows/messages.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { executions, historyOf } from '../support/history.js';
import { commandsOf, runCommand } from '../support/how-to.js';
import { ledgers } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { quietLog } from '../support/quiet-log.js';
import { CAREFUL, CARELESS, type Installation, secondVersion } from '../support/second-version.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { etlRuns } from '../workflows/etl-runs.js';
import { recordedHistories } from '../workflows/recorded.js';

const NEW_VERSION = '9.9.9';
const NEW_CODE = CODE.replace(/\d+\.\d+\.\d+/, NEW_VERSION);
/** 10:45 on in steps of 15 minutes: 30 records each. Three steps in, 10 is over and 11 is open. */
const STEPS = { steps: 10, recordsPerStep: 30, minutesPerStep: 15 };
const STEPS_OF_OLD = 3;
const OPEN = '2023-05-01T11' as Hour;
const LAST = '2023-05-01T13' as Hour;
const LATER = '2023-05-01T12' as Hour;

/** Starts a dev server (shared), sample APIs on loopback and worker processes of two releases, one made by the test. */
describe('a roll-out with two versions side by side', function () {
  this.timeout(240_000);
  const commands = commandsOf('upgrade.md');
  const cases: RollOut[] = [];
  let careless: Installation;
  let careful: Installation;
  let pinned: RollOut;
  let upgraded: RollOut;

  before(async () => {
    quietLog();
    [careless, careful, pinned, upgraded] = await Promise.all([
      secondVersion(NEW_VERSION, CARELESS),
      secondVersion(NEW_VERSION, CAREFUL),
      RollOut.begin(commands, 'pinned', cases),
      RollOut.begin(commands, 'auto-upgrade', cases),
    ]);
    // The code that could not go on from old histories where hours never move, and the one that can where they do.
    await Promise.all([pinned.toVersion(careless), upgraded.toVersion(careful)]);
  });
  after(async () => {
    await Promise.all(cases.map((one) => one.close()));
    for (const installation of [careless, careful]) installation?.remove();
  });

  it('gives a version nothing until it is current', () => {
    for (const { waiting } of [pinned, upgraded]) assert.deepEqual(waiting, []);
  });

  it('pinned: ends the hour that was open on the version that started it, later ones on the new one', async () => {
    assert.deepEqual(await pinned.buildsOf(OPEN), [pinned.old]);
    assert.deepEqual(await pinned.buildsOf(LATER), [pinned.fresh]);
    assert.equal(pinned.codes.get(OPEN), CODE);
    assert.equal(pinned.codes.get(LATER), NEW_CODE);
  });

  it('auto-upgrade: ends the hour that was open on the new version', async () => {
    assert.deepEqual(await upgraded.buildsOf(OPEN), [upgraded.old, upgraded.fresh]);
    assert.deepEqual(await upgraded.buildsOf(LATER), [upgraded.fresh]);
    assert.equal(upgraded.codes.get(OPEN), NEW_CODE);
    assert.equal(upgraded.codes.get(LATER), NEW_CODE);
  });

  it('lands every record once, whichever version carried it', async () => {
    for (const { run, source } of [pinned, upgraded]) {
      await assertTable(run, source.records);
      await assertTidy(run);
    }
  });

  it('drains the old version, whose worker then ends with 0', () => {
    for (const { drained, exitCode } of [pinned, upgraded]) assert.deepEqual([drained, exitCode], [true, 0]);
  });

  it('shows what still runs on a version, goes back to the former one, and to none', () => {
    for (const { run, old, pinnedTo, currentAfter } of [pinned, upgraded]) {
      assert.match(pinnedTo, new RegExp(sealWorkflowId(run.dataset, OPEN)));
      assert.match(currentAfter.back, new RegExp(`CurrentVersionBuildID +${old}`));
      assert.doesNotMatch(currentAfter.end, new RegExp(`CurrentVersionBuildID +${old}`));
    }
  });

  it('has a build id of its own for each release and each change of its workflows', () => {
    assert.match(pinned.old, /^\d+\.\d+\.\d+-[0-9a-f]{8}$/);
    const ids = [pinned.old, pinned.fresh, upgraded.fresh];
    assert.equal(new Set(ids).size, 3, ids.join());
    assert.equal(pinned.old, defaultBuildId());
  });

  for (const [name, passes] of [
    ['seal-first', false],
    ['etl-first', true],
  ] as const) {
    it(`is guarded by the replay of ${name}, which ${passes ? 'passes where nothing changed' : 'finds the careless version'}`, async () => {
      const history = recordedHistories().get(name) ?? assert.fail();
      const replay = ({ bundle }: Installation): Promise<void> =>
        Worker.runReplayHistory({ workflowBundle: { code: readFileSync(bundle, 'utf8') } }, history, 'other');
      if (passes) await replay(careless);
      else await assert.rejects(replay(careless), DeterminismViolationError);
      await replay(careful);
    });
  }
});

/** One dataset whose workers go from this release to another, by the commands of docs/how-to/upgrade.md. */
class RollOut {
  fresh = '';
  /** Build ids that ran before the new version was current, but the old one. */
  waiting: string[] = [];
  /** What the ledgers say of who sealed, before the test's own merge. */
  codes = new Map<Hour, string>();
  drained = false;
  exitCode: number | null = null;
  /** What the page's list of runs on the old version shows while an hour is open there. */
  pinnedTo = '';
  /** What the deployment says of itself behind these commands. */
  currentAfter = { back: '', end: '' };
  private readonly workers: WorkerProcess[] = [];

  private constructor(
    private readonly commands: ReadonlyMap<string, string>,
    readonly run: Pipeline,
    readonly source: SteppedSource,
    readonly old: string,
    private readonly allow: (steps: number) => void,
  ) {}

  /** Up to an open hour on the old version. */
  static async begin(
    commands: ReadonlyMap<string, string>,
    versioning: string,
    all: RollOut[],
  ): Promise<RollOut> {
    let allowed = STEPS_OF_OLD;
    const source = await steppedSource({ ...STEPS, allowed: () => allowed });
    const run = await pipeline(source.server.url, {
      // Open hours wait for later records, not for silence.
      FERNLAKE_IDLE: '10m',
      FERNLAKE_VERSIONING: versioning,
      TEMPORAL_DEPLOYMENT_NAME: `fernlake-${versioning}`,
    });
    const one = new RollOut(commands, run, source, defaultBuildId(), (steps) => (allowed = steps));
    all.push(one);
    await one.start();
    await one.command('begin');
    await run.schedule();
    await until('an hour is open', async () => (await one.buildsOf(OPEN)).length > 0, 60_000);
    await until('the open hour is in the list', async () => {
      one.pinnedTo = await one.command('pinned');
      return one.pinnedTo.includes(sealWorkflowId(run.dataset, OPEN));
    });
    return one;
  }

  /** The roll-out, and the rest of the records. */
  async toVersion({ bin }: Installation): Promise<void> {
    const { run } = this;
    const second = await this.start(bin);
    this.fresh = /version (\S+) of the worker deployment/.exec(second.output())?.[1] ?? '';
    assert.match(await this.command('look'), new RegExp(`${this.fresh}`));
    this.waiting = (await this.builds()).filter((build) => build !== this.old);
    await this.command('current');
    await until('a slot of the new version', async () => (await this.builds()).includes(this.fresh), 60_000);
    this.allow(STEPS.steps);
    await until('the source is done', () => this.source.done(), 60_000);
    const sealed = async (): Promise<number> => (await ledgers(run.lake.storage, run.dataset)).size;
    await until('all hours but the last are sealed', async () => (await sealed()) === 3, 60_000);
    await run.client.workflow.getHandle(sealWorkflowId(run.dataset, LAST)).executeUpdate(sealNow);
    await run.untilLanded(this.source.records.length);
    this.codes = new Map(
      [...(await ledgers(run.lake.storage, run.dataset))].map(([hour, { code }]) => [hour, code]),
    );
    await until('the old version is drained', async () => {
      this.drained = /DrainageStatus +drained/.test(await this.command('drained'));
      return this.drained;
    });
    this.exitCode = (await this.workers[0]?.stop()) ?? null;
    await run.settle();
    for (const name of ['back', 'end'] as const) {
      await this.command(name);
      this.currentAfter[name] = await this.command('look');
    }
  }

  /** The build ids that a workflow's tasks were done by, in their order. */
  async buildsOf(hour: Hour): Promise<string[]> {
    const id = sealWorkflowId(this.run.dataset, hour);
    const [first] = (await executions(this.run.client, this.run.config.taskQueue))
      .filter(({ workflowId }) => workflowId === id)
      .sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
    return first === undefined ? [] : await this.buildsIn(first.workflowId, first.runId);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    await this.run.close();
    await this.source.server.close();
  }

  private async builds(): Promise<string[]> {
    const runs = await etlRuns(this.run);
    const found = await Promise.all(runs.map(({ workflowId, runId }) => this.buildsIn(workflowId, runId)));
    return [...new Set(found.flat())];
  }

  private async buildsIn(workflowId: string, runId: string): Promise<string[]> {
    const { events } = await historyOf(this.run.client, workflowId, runId);
    const builds = (events ?? []).map(
      ({ workflowTaskCompletedEventAttributes: done }) => done?.deploymentVersion?.buildId,
    );
    return [...new Set(builds.filter((build) => typeof build === 'string'))];
  }

  private async start(bin?: string): Promise<WorkerProcess> {
    const worker = await startWorkerProcess(this.run.env, bin);
    this.workers.push(worker);
    return worker;
  }

  private async command(name: string): Promise<string> {
    const { env } = this.run;
    const command = this.commands.get(name) ?? assert.fail(name);
    const names = {
      TEMPORAL_ADDRESS: env['TEMPORAL_ADDRESS'] ?? '',
      DEPLOYMENT: env['TEMPORAL_DEPLOYMENT_NAME'] ?? '',
      OLD: this.old,
      NEW: this.fresh,
    };
    return await until(name, () => runCommand(command, names).catch(notYetKnown));
  }
}

/** As the page says: the server hears of a new worker's task queues a moment after its start, and refuses until then. */
function notYetKnown(error: unknown): undefined {
  if (
    !/missing active task queues|not found|no pollers/i.test(String((error as { stderr?: unknown }).stderr))
  )
    throw error;
}
