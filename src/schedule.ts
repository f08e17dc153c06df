// Types alone: the client takes a third of a second to load, and `--help` or a wrong setting needs none of it.
import type { Client, ScheduleDescription, ScheduleHandle, ScheduleOptions } from '@temporalio/client';
import type { Config } from './config/config.js';
import type { PagesRequest } from './config/source.js';
import type { LakeName } from './lake/identity.js';
import { otherLake } from './lake/other-lake.js';
import type { EtlSettings } from './workflows/messages.js';
import type { Incremental } from './workflows/pages.js';

export const SCHEDULE_PREFIX = 'fernlake-';
/** `fernlake-logs` */
export const scheduleId = (dataset: string): string => `${SCHEDULE_PREFIX}${dataset}`;
/** Runs are called `fernlake-logs-etl-<nominal time>`. */
export const etlWorkflowId = (dataset: string): string => `fernlake-${dataset}-etl`;

export interface Bootstrap {
  /** The namespace knows our search attributes (search-attributes.ts): runs set them. */
  readonly searchAttributes?: boolean;
  /** The lake that its runs carry into. */
  readonly lake?: LakeName;
}

export function etlSettings(config: Config, { searchAttributes, lake }: Bootstrap = {}): EtlSettings {
  const { dataset, slotMs, pollMinMs, pollMaxMs, pollMode, declaration, latenessMs, idleMs } = config;
  const named = lake ? { lake } : {};
  const settings = {
    dataset,
    ...named,
    slotMs,
    pollMinMs,
    pollMaxMs,
    pollMode,
    contiguousIds: declaration.source.contiguous,
    ...(config.source.incremental ? { incremental: pagesOf(config.source.incremental) } : {}),
    latenessMs,
    idleMs,
  };
  return searchAttributes ? { ...settings, searchAttributes } : settings;
}

const pagesOf = ({ startParam, cursorParam, limit }: PagesRequest): Incremental => ({
  hasStart: startParam !== null,
  hasCursor: cursorParam !== null,
  limit,
});

/** How long a server may have been away for its missed slots still to be started. One run carries all that was missed. */
const CATCH_UP_SLOTS = 2;
const CATCH_UP_MIN_MS = 60_000;

function desired(config: Config, bootstrap: Bootstrap): ScheduleOptions {
  const settings = etlSettings(config, bootstrap);
  return {
    scheduleId: scheduleId(config.dataset),
    spec: { intervals: [{ every: settings.slotMs }] },
    policies: {
      // The default would skip every slot behind a run that takes long: that is how the predecessor lost slots.
      overlap: 'BUFFER_ONE',
      catchupWindow: Math.max(CATCH_UP_MIN_MS, CATCH_UP_SLOTS * settings.slotMs),
    },
    action: {
      type: 'startWorkflow',
      workflowType: 'etl',
      workflowId: etlWorkflowId(config.dataset),
      taskQueue: config.taskQueue,
      args: [settings],
      staticSummary: `carry ${config.dataset} into the lake`,
      staticDetails: `Polls the source for one slot of ${settings.slotMs / 1000} s, carries the answers through decrypt, compact, partition, gzip and upload, and nudges the seal of each hour touched.`,
    },
  };
}

/**
 * Makes the schedule what the configuration says, whether it is there or not. There is no upsert: create, and where it
 * exists update. An operator's pause and note stay as they are.
 */
export async function applySchedule(
  client: Client,
  config: Config,
  bootstrap: Bootstrap = {},
): Promise<'created' | 'updated'> {
  const options = desired(config, bootstrap);
  try {
    await client.schedule.create({
      ...options,
      state: { note: `polls the source of ${config.dataset} and carries it into the lake` },
    });
    return 'created';
  } catch (error) {
    if (!isNamed(error, 'ScheduleAlreadyRunning')) throw error;
  }
  const { spec, policies, action } = options;
  await scheduleHandle(client, config).update((previous) => {
    assertSameLake(config, bootstrap.lake, actionOf(previous).lake);
    return {
      spec,
      action,
      ...(policies ? { policies } : {}),
      // Leaving it out would un-pause what an operator paused.
      state: previous.state,
    };
  });
  return 'updated';
}

/** Whoever has made the schedule a moment ago may have another lake. */
function assertSameLake(config: Config, own: LakeName | undefined, its: LakeName | undefined): void {
  if (own && its && own.id !== its.id) throw otherLake(scheduleId(config.dataset), its, own, config);
}

/** What a schedule's runs are started with: on which task queue, for which lake. */
export interface Scheduled {
  readonly taskQueue: string;
  readonly lake: LakeName | undefined;
}

/** undefined: there is no such schedule. */
export async function scheduledOn(client: Client, id: string): Promise<Scheduled | undefined> {
  try {
    return actionOf(await client.schedule.getHandle(id).describe());
  } catch (error) {
    if (isNamed(error, 'ScheduleNotFoundError')) return undefined;
    throw error;
  }
}

/** Of a schedule that anybody may have made with anything. */
export function actionOf({ action }: Pick<ScheduleDescription, 'action'>): Scheduled {
  const settings = action.args?.[0] as { readonly lake?: Partial<LakeName> } | null | undefined;
  const { id, uri } = settings?.lake ?? {};
  return {
    taskQueue: action.taskQueue,
    lake: id === undefined ? undefined : { id, uri: uri ?? 'an unknown place' },
  };
}

export interface SchedulePlan {
  readonly what: 'create' | 'update' | 'nothing';
  /** `slotMs: 300000 becomes 600000`, a line each. */
  readonly changes: readonly string[];
}

/** What `applySchedule` would do, by looking alone. */
export async function planSchedule(
  client: Client,
  config: Config,
  bootstrap: Bootstrap = {},
): Promise<SchedulePlan> {
  const found = await scheduleHandle(client, config)
    .describe()
    .catch((error: unknown) => {
      if (isNamed(error, 'ScheduleNotFoundError')) return undefined;
      throw error;
    });
  if (!found) return { what: 'create', changes: [] };
  const { spec, policies, action } = desired(config, bootstrap);
  const stands = flat({
    every: found.spec.intervals?.map(({ every }) => every),
    overlap: found.policies.overlap,
    catchupWindow: found.policies.catchupWindow,
    taskQueue: found.action.taskQueue,
    ...((found.action.args?.[0] ?? {}) as EtlSettings),
  });
  const wanted = flat({
    every: spec.intervals?.map(({ every }) => every),
    overlap: policies?.overlap,
    catchupWindow: policies?.catchupWindow,
    taskQueue: action.taskQueue,
    ...(action.args?.[0] as EtlSettings),
  });
  const changes = [...new Set([...stands.keys(), ...wanted.keys()])]
    .filter((name) => stands.get(name) !== wanted.get(name))
    .map((name) => `${name}: ${stands.get(name) ?? 'not set'} becomes ${wanted.get(name) ?? 'not set'}`);
  return { what: changes.length === 0 ? 'nothing' : 'update', changes };
}

const flat = (values: object): Map<string, string> =>
  new Map(Object.entries(values).map(([name, value]) => [name, JSON.stringify(value) ?? 'not set']));

/** By the name, which the SDK's errors have; it is of their classes that `instanceof` would need the client. */
const isNamed = (error: unknown, name: 'ScheduleAlreadyRunning' | 'ScheduleNotFoundError'): boolean =>
  error instanceof Error && error.name === name;

export function scheduleHandle(client: Client, { dataset }: Pick<Config, 'dataset'>): ScheduleHandle {
  return client.schedule.getHandle(scheduleId(dataset));
}

/** A run now, or right behind the one that runs: left to itself, the client lets both run at once. */
export async function triggerSchedule(client: Client, config: Pick<Config, 'dataset'>): Promise<void> {
  await scheduleHandle(client, config).trigger('BUFFER_ONE');
}

/** Runs past slots again: they carry what the archive holds of them. Beside the live run, never instead of it. */
export async function backfillSchedule(
  client: Client,
  config: Config,
  fromMs: number,
  toMs: number,
): Promise<void> {
  await scheduleHandle(client, config).backfill({
    // The server takes (start, end]: the slot that begins at `from` is meant, too.
    start: new Date(fromMs - 1),
    end: new Date(toMs),
    overlap: 'ALLOW_ALL',
  });
}
