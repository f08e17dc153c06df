import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { type Config, readConfig } from '../config.js';
import { FernlakeError } from '../domain/errors.js';
import { applySchedule, backfillSchedule, scheduleHandle, scheduleId, triggerSchedule } from '../schedule.js';
import { ensureSearchAttributes } from '../search-attributes.js';
import { connectClient, type Temporal } from './connect.js';
import { complain, json, out } from './output.js';

type Work = (temporal: Temporal, config: Config) => Promise<void>;

export function registerSchedule(program: Command): void {
  const schedule = program.command('schedule').description('make, look at and steer the schedule');
  const add = (name: string, description: string): Command => schedule.command(name).description(description);

  add('apply', 'make the schedule what the configuration says; keeps a pause').action(() =>
    withTemporal(async ({ client, namespace }, config) => {
      const attributes = await ensureSearchAttributes(client.connection, namespace);
      if (attributes.kind === 'unavailable') complain(`note: ${attributes.why}`);
      const what = await applySchedule(client, config, { searchAttributes: attributes.kind === 'ready' });
      out(`The schedule ${scheduleId(config.dataset)} is ${what}: a run every ${config.slotMs / 1000} s.`);
    }),
  );
  add('show', 'what it does, whether it is paused, the last runs and the next')
    .option('--json', 'print it as JSON')
    .action((options: { json?: true }) =>
      withTemporal(async ({ client }, config) =>
        show(await scheduleHandle(client, config).describe(), options.json),
      ),
    );
  add('pause', 'start no more runs')
    .option('--note <text>', 'why', 'paused with fernlake')
    .action(({ note }: { note: string }) =>
      withTemporal(async ({ client }, config) => {
        await scheduleHandle(client, config).pause(note);
        out(
          `${scheduleId(config.dataset)} is paused. Records that leave the window meanwhile are lost; resume with: fernlake schedule resume`,
        );
      }),
    );
  add('resume', 'start runs again').action(() =>
    withTemporal(async ({ client }, config) => {
      await scheduleHandle(client, config).unpause('resumed with fernlake');
      out(`${scheduleId(config.dataset)} runs again.`);
    }),
  );
  add('trigger', 'start a run now, or right behind the one that runs').action(() =>
    withTemporal(async ({ client }, config) => {
      await triggerSchedule(client, config);
      out(
        `A run of ${scheduleId(config.dataset)} is asked for. It shows in the Web UI, or: fernlake schedule show`,
      );
    }),
  );
  add('backfill', 'carry the archive of past slots again')
    .requiredOption('--from <time>', 'first slot, ISO 8601', instant)
    .requiredOption('--to <time>', 'end, ISO 8601', instant)
    .action(({ from, to }: { from: number; to: number }) =>
      withTemporal(async ({ client }, config) => {
        if (from >= to) throw new FernlakeError('Configuration', 'terminal', '--from must be before --to');
        await backfillSchedule(client, config, from, to);
        out(
          `The slots from ${new Date(from).toISOString()} to ${new Date(to).toISOString()} are carried again from the archive.`,
        );
      }),
    );
  add('delete', 'remove the schedule; the lake stays').action(() =>
    withTemporal(async ({ client }, config) => {
      await scheduleHandle(client, config).delete();
      out(`${scheduleId(config.dataset)} is deleted. The lake is untouched.`);
    }),
  );
}

async function withTemporal(work: Work): Promise<void> {
  const config = readConfig({ sample: true });
  const temporal = await connectClient(config.temporal);
  try {
    await work(temporal, config);
  } catch (error) {
    if ((error as { name?: string }).name !== 'ScheduleNotFoundError') throw error;
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `there is no schedule ${scheduleId(config.dataset)} in namespace ${temporal.namespace} at ${temporal.address}: make it with \`fernlake schedule apply\``,
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
    `  runs started ${info.numActionsTaken}, skipped behind a long one ${info.numActionsSkippedOverlap}, missed ${info.numActionsMissedCatchupWindow}`,
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
