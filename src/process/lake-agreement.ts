// Types alone, as in schedule.ts: the client takes a third of a second to load.
import type { Client } from '@temporalio/client';
import type { Config } from '../config/config.js';
import { FernlakeError } from '../errors.js';
import { type LakeName, LAKE_KEY } from '../lake/identity.js';
import { claimLake, readLakeName } from '../lake/stored-identity.js';
import { otherLake } from '../lake/other-lake.js';
import { scheduledOn, SCHEDULE_PREFIX, scheduleId } from '../schedule.js';
import type { Storage } from '../storage/port.js';

/** Schedules on one server that are looked at; those of tests and trials aside, there are a few. */
const SCHEDULES_MAX = 200;

type Mine = Pick<Config, 'dataset' | 'taskQueue' | 'file' | 'lakeSetting'>;

/**
 * Names the lake (and writes that name where nobody has), once it is sure that no schedule uses these datasets or their task queue
 * for another one. Throws `Configuration` that names both and the mend. Nothing is written before that.
 */
export async function agreeOnLake(
  client: Client,
  configs: readonly Mine[],
  storage: Storage,
): Promise<LakeName> {
  const own = await readLakeName(storage);
  for (const config of configs) await assertAgreed(client, config, storage.uri, own);
  return own ?? (await claimLake(storage));
}

/** The same for a command that only starts runs: it never gives a lake its name. */
export async function agreedLake(client: Client, config: Mine, storage: Storage): Promise<LakeName> {
  const own = await readLakeName(storage);
  await assertAgreed(client, config, storage.uri, own);
  if (own) return own;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `${config.lakeSetting}: there is no lake at ${storage.uri} (it has no ${LAKE_KEY}): start a worker with it first, or name the one that is there`,
  );
}

/** Throws `Configuration` where a schedule uses this dataset or this task queue for another lake. */
export async function assertAgreed(
  client: Client,
  config: Mine,
  uri: string,
  own: LakeName | undefined,
): Promise<void> {
  const { dataset, taskQueue } = config;
  for (const id of await rivals(client, dataset)) {
    const found = await scheduledOn(client, id);
    if (!found?.lake || (id !== scheduleId(dataset) && found.taskQueue !== taskQueue)) continue;
    if (found.lake.id !== own?.id) throw otherLake(id, found.lake, own ?? uri, config);
  }
}

/** The dataset's own schedule, and all that might use the same task queue. */
async function rivals(client: Client, dataset: string): Promise<ReadonlySet<string>> {
  const ids = new Set([scheduleId(dataset)]);
  for await (const { scheduleId: id } of client.schedule.list()) {
    if (id.startsWith(SCHEDULE_PREFIX)) ids.add(id);
    if (ids.size === SCHEDULES_MAX) break;
  }
  return ids;
}
