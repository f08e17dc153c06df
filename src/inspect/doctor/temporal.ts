import type { Client, Connection } from '@temporalio/client';
import { DENIED, isDenied } from '../../process/denied.js';
import type { Config } from '../../config/config.js';
import { type LakeName, lakeWords } from '../../lake/identity.js';
import { actionOf, etlSettings, scheduleHandle, scheduleId } from '../../schedule.js';
import { ATTRIBUTES } from '../../workflows/attribute-keys.js';
import { attempt, type Check, failed, ok, skipped, warning } from './check.js';
import { checkWorkers } from './workers.js';

const ANSWER_MS_MAX = 10_000;
const AFTER = ['Temporal: namespace', 'Temporal: search', 'schedule', 'workers'] as const;

/** What is needed of a connection (process/connect.ts makes one). */
export interface Reached {
  readonly client: Client;
  readonly namespace: string;
  readonly address: string;
  close(): Promise<void>;
}

/** Looks only: it registers nothing and makes no schedule. `connect` throws what says how to mend it. */
export async function checkTemporal(
  connect: () => Promise<Reached>,
  config: Config,
  lake: LakeName | undefined,
): Promise<Check[]> {
  let temporal: Reached | undefined;
  const reached = await attempt('Temporal', async () => {
    temporal = await connect();
    return ok('Temporal', `answers at ${temporal.address}`);
  });
  if (temporal === undefined) return [reached, ...AFTER.map((name) => skipped(name, 'Temporal'))];
  const { client, namespace } = temporal;
  const { connection } = client as Client & { connection: Connection };
  try {
    return [
      reached,
      ...(await connection.withDeadline(Date.now() + ANSWER_MS_MAX, () =>
        look(client, namespace, config, lake),
      )),
    ];
  } finally {
    await temporal.close();
  }
}

async function look(
  client: Client,
  namespace: string,
  config: Config,
  lake: LakeName | undefined,
): Promise<Check[]> {
  const [space, search, schedule, workers] = AFTER;
  const there = await attempt(space, async () => {
    try {
      await client.workflowService.describeNamespace({ namespace });
    } catch (error) {
      if (isDenied(error)) return failed(space, DENIED.what, DENIED.mend);
      throw error;
    }
    return ok(space, `${namespace} is there`);
  });
  if (there.state !== 'ok') {
    const mend = `name one that is there (TEMPORAL_NAMESPACE), or: npx fernlake temporal operator namespace create ${namespace}`;
    return [{ mend, ...there }, ...[search, schedule, workers].map((name) => skipped(name, 'the namespace'))];
  }
  return [
    there,
    await attempt(search, () => checkAttributes(client, namespace)),
    await attempt(schedule, () => checkSchedule(client, config, lake)),
    await attempt(workers, () => checkWorkers(workers, client, namespace, config.taskQueue, lake)),
  ];
}

async function checkAttributes(client: Client, namespace: string): Promise<Check> {
  const name = AFTER[1];
  const { operatorService } = client.connection as Connection;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const lacking = Object.values(ATTRIBUTES).filter((one) => customAttributes?.[one.name] === undefined);
  if (lacking.length === 0) return ok(name, 'all search attributes are registered');
  const names = lacking.map((one) => one.name).join(', ');
  return warning(
    name,
    `not registered: ${names}; runs cannot be searched by them`,
    'npx fernlake schedule apply',
  );
}

async function checkSchedule(client: Client, config: Config, lake: LakeName | undefined): Promise<Check> {
  const name = AFTER[2];
  const id = scheduleId(config.dataset);
  const described = await scheduleHandle(client, config)
    .describe()
    .catch((error: unknown) => {
      if ((error as { name?: string }).name === 'ScheduleNotFoundError') return undefined;
      throw error;
    });
  if (described === undefined)
    return failed(name, `there is no ${id}: nothing is fetched`, 'npx fernlake schedule apply');
  const { state, action, info } = described;
  if (state.paused)
    return failed(
      name,
      `${id} is paused (${state.note ?? 'no note'}): records are lost`,
      'npx fernlake schedule resume',
    );
  const its = actionOf(described).lake;
  if (its !== undefined && its.id !== lake?.id) {
    const own = lake ? lakeWords(lake) : `${config.lake}, which has no name yet`;
    return failed(
      name,
      `${id} carries into ${lakeWords(its)}, and the lake here is ${own}`,
      `set ${config.lakeSetting} to that lake, or give this one a dataset and a task queue of its own`,
    );
  }
  const given =
    action.type === 'startWorkflow'
      ? { args: action.args?.[0] as unknown, queue: action.taskQueue }
      : undefined;
  if (given?.queue !== config.taskQueue || !isAsConfigured(given.args, config))
    return warning(
      name,
      `${id} runs with other settings than configured here`,
      'npx fernlake schedule apply',
    );
  return ok(name, `${id} runs every ${config.slotMs / 1000} s; ${info.numActionsTaken} runs so far`);
}

function isAsConfigured(args: unknown, config: Config): boolean {
  const given = (args ?? {}) as Readonly<Record<string, unknown>>;
  return Object.entries(etlSettings(config)).every(([setting, value]) => given[setting] === value);
}
