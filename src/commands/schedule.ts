import type { Client, ScheduleHandle } from '@temporalio/client';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { type Choice, type Config, readConfigs } from '../config/config.js';
import { FernlakeError } from '../errors.js';
import type { LakeName } from '../lake/identity.js';
import { agreeOnLake, assertAgreed } from '../process/lake-agreement.js';
import { readLakeName } from '../lake/stored-identity.js';
import {
  applySchedule,
  backfillSchedule,
  planSchedule,
  scheduleHandle,
  scheduleId,
  triggerSchedule,
} from '../schedule.js';
import { ensureSearchAttributes } from '../process/search-attributes.js';
import { connectClient, type Temporal } from '../process/connect.js';
import { formsToWrite, formToWrite, openLake, openLakeToWrite } from './lake.js';
import { complain, json, out } from './output.js';

type Work = (temporal: Temporal, config: Config) => Promise<void>;

interface DryRun extends Choice {
  readonly dryRun?: true;
}

export function registerSchedule(program: Command): void {
  const schedule = program.command('schedule').description('make, look at and steer the schedule');
  const add = (name: string, description: string): Command => schedule.command(name).description(description);
  /** A command that changes something, and with --dry-run only looks. */
  const change = (name: string, description: string): Command =>
    add(name, description).option('--dry-run', 'only say what would be done');

  change('apply', 'make the schedule what the configuration says; keeps a pause').action((options: DryRun) =>
    withTemporal(options, options.dryRun ? planned : applied, refuseFirst),
  );
  add('show', 'what it does, whether it is paused, the last runs and the next')
    .option('--json', 'print it as JSON')
    .action((options: Choice & { json?: true }) =>
      withTemporal(options, async ({ client }, config) =>
        show(await scheduleHandle(client, config).describe(), options.json),
      ),
    );
  change('pause', 'start no more runs')
    .option('--note <text>', 'why', 'paused with fernlake')
    .action(({ note, ...options }: DryRun & { note: string }) =>
      withSchedule(
        options,
        ({ state }) => (state.paused ? 'is paused already' : 'would be paused'),
        async (handle, id) => {
          await handle.pause(note);
          return `${id} is paused. Records that leave the window meanwhile are lost; resume with: npx fernlake schedule resume`;
        },
      ),
    );
  change('resume', 'start runs again').action((options: DryRun) =>
    withSchedule(
      options,
      ({ state }) => (state.paused ? 'would run again' : 'is not paused'),
      async (handle, id) => {
        await handle.unpause('resumed with fernlake');
        return `${id} runs again.`;
      },
    ),
  );
  change('trigger', 'start a run now, or right after the one that runs').action((options: DryRun) =>
    withSchedule(
      options,
      () => 'would be asked for a run',
      async (_, id, { client }, config) => {
        await triggerSchedule(client, config);
        return `A run of ${id} is asked for. It shows in the Web UI, or: npx fernlake schedule show`;
      },
    ),
  );
  change('backfill', 'carry the archive of past slots again')
    .requiredOption('--from <time>', 'first slot, ISO 8601', instant)
    .requiredOption('--to <time>', 'end, ISO 8601', instant)
    .action(({ from, to, ...options }: DryRun & { from: number; to: number }) => {
      if (from >= to) throw new FernlakeError('Configuration', 'terminal', '--from must be before --to');
      const span = `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
      return withSchedule(
        options,
        ({ spec }) => `would carry ${slotsIn(from, to, spec)} slots again, ${span}`,
        async (_, _id, { client }, config) => {
          await backfillSchedule(client, config, from, to);
          return `The slots ${span} are carried again from the archive.`;
        },
      );
    });
  change('delete', 'remove the schedule; the lake stays').action((options: DryRun) =>
    withSchedule(
      options,
      () => 'would be deleted. The lake stays',
      async (handle, id) => {
        await handle.delete();
        return `${id} is deleted. The lake is untouched.`;
      },
    ),
  );
}

/** Checks all datasets first, so that no schedule is made where one is refused. */
async function refuseFirst(configs: readonly Config[]): Promise<void> {
  const [first] = configs;
  // A lake that is not there yet cannot refuse anything.
  const storage = first && (await openLake(first).catch(() => undefined));
  if (storage) await formsToWrite(storage, configs);
}

const applied: Work = async ({ client, namespace }, config) => {
  const storage = await openLakeToWrite(config);
  await formToWrite(storage, config, out);
  const lake = await agreeOnLake(client, [config], storage);
  const attributes = await ensureSearchAttributes(client.connection, namespace);
  if (attributes.kind === 'unavailable') complain(`note: ${attributes.why}`);
  const what = await applySchedule(client, config, { searchAttributes: attributes.kind === 'ready', lake });
  out(`The schedule ${scheduleId(config.dataset)} is ${what}: a run every ${config.slotMs / 1000} s.`);
};

const planned: Work = async ({ client }, config) => {
  const lake = await lakeToBe(client, config);
  const { what, changes } = await planSchedule(client, config, { searchAttributes: true, ...lake });
  const id = scheduleId(config.dataset);
  if (what === 'nothing') out(`The schedule ${id} is what the configuration says. Nothing would be changed.`);
  else out(`The schedule ${id} would be ${what}d: a run every ${config.slotMs / 1000} s.`);
  for (const change of changes) out(`  ${change}`);
  if (what !== 'nothing') out('Nothing was changed.');
};

/**
 * The lake of the schedule that would be made; a dry run gives a new lake no name. Throws as `apply` would.
 */
async function lakeToBe(client: Client, config: Config): Promise<{ lake?: LakeName }> {
  // A folder that is not there yet is made by `apply`.
  const storage = await openLake(config).catch(() => undefined);
  if (storage) await formToWrite(storage, config, out);
  const lake = storage && (await readLakeName(storage));
  await assertAgreed(client, config, config.lake, lake);
  return lake ? { lake } : {};
}

/** Slots that begin in [from, to) of the schedule's own grid. */
function slotsIn(fromMs: number, toMs: number, spec: Description['spec']): number {
  const every = spec.intervals?.[0]?.every ?? 0;
  return every > 0 ? Math.floor(toMs / every) - Math.ceil(fromMs / every) + 1 : 0;
}

/** A change of a schedule that has to be there; `plan` ends the sentence that begins with its id. */
async function withSchedule(
  options: DryRun,
  plan: (description: Description) => string,
  work: (handle: ScheduleHandle, id: string, temporal: Temporal, config: Config) => Promise<string>,
): Promise<void> {
  await withTemporal(options, async (temporal, config) => {
    const handle = scheduleHandle(temporal.client, config);
    const id = scheduleId(config.dataset);
    if (options.dryRun) out(`${id} ${plan(await handle.describe())}. Nothing was changed.`);
    else out(await work(handle, id, temporal, config));
  });
}

/** For each dataset that is meant, one after the other: all, unless one is named. */
async function withTemporal(
  choice: Choice,
  work: Work,
  before: (configs: readonly Config[]) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const configs = readConfigs({ sample: true, choice });
  await before(configs);
  for (const config of configs) await withSchedules(config, work);
}

async function withSchedules(config: Config, work: Work): Promise<void> {
  const temporal = await connectClient(config.temporal);
  try {
    await work(temporal, config);
  } catch (error) {
    if ((error as { name?: string }).name !== 'ScheduleNotFoundError') throw error;
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `there is no schedule ${scheduleId(config.dataset)} in namespace ${temporal.namespace} at ${temporal.address}: make it with \`npx fernlake schedule apply\``,
    );
  } finally {
    await temporal.close();
  }
}

type Description = Awaited<ReturnType<ReturnType<typeof scheduleHandle>['describe']>>;

function show({ scheduleId: id, state, info, policies, spec }: Description, asJson?: boolean): void {
  const recent = info.recentActions.map(({ scheduledAt, takenAt, action }) => ({
    scheduledAt,
    takenAt,
    workflowId: action.workflow.workflowId,
  }));
  if (asJson) {
    json({
      id,
      paused: state.paused,
      note: state.note,
      spec: spec.intervals,
      overlap: policies?.overlap,
      info: { ...info, recentActions: recent },
    });
    return;
  }
  out(
    `${id}: ${state.paused ? `paused (${state.note ?? 'no note'})` : 'running'}, a run every ${(spec.intervals?.[0]?.every ?? 0) / 1000} s`,
  );
  out(
    `  runs started ${info.numActionsTaken}, skipped as one was running ${info.numActionsSkippedOverlap}, missed ${info.numActionsMissedCatchupWindow}`,
  );
  for (const { takenAt, workflowId } of recent.slice(-5))
    out(`  ran  ${takenAt.toISOString()}  ${workflowId}`);
  for (const next of info.nextActionTimes.slice(0, 3)) out(`  next ${next.toISOString()}`);
}

function instant(text: string): number {
  const epochMs = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(epochMs)) return epochMs;
  throw new InvalidArgumentError('It must be a time such as 2023-04-20T13:00:00Z.');
}
