import { AsyncLocalStorage } from 'node:async_hooks';
import { Context } from '@temporalio/activity';
import type { Activities } from '../../src/activities/index.js';
import { createActivities } from '../../src/activities/index.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { keepBlobsOf } from '../../src/activities/kept-blobs.js';
import { chunksOf } from '../../src/storage/body.js';
import type { Body, Storage } from '../../src/storage/port.js';

/**
 * A moment in an activity at which something may go wrong: `etl/fetch put raw torn`. Every activity has a `start` and an
 * `end` (its work is done, and nobody has heard of it yet), every write inside it
 * - `before`: nothing is done,
 * - `torn`: half of the bytes are in the temporary file,
 * - `whole`: all of them, and the file is not in its place yet,
 * - `after`: the object stands,
 * and every removal of objects `before`, `half` and `after`.
 */
export type Moment = string;

/** Told of every moment as it comes; what it does there is the campaign's. */
export type Reach = (moment: Moment) => void | Promise<void>;

/** The real activities over the given ports, each of their moments told. */
export function activitiesWithMoments(deps: ActivityDeps, reach: Reach): Activities {
  const activity = new AsyncLocalStorage<string>();
  const tell = async (what: string): Promise<void> => {
    const where = activity.getStore();
    if (where !== undefined) await reach(`${where} ${what}`);
  };
  const storage = storageWithMoments(deps.storage, tell);
  keepBlobsOf(storage);
  const activities = createActivities(() => ({ ...deps, storage }));
  const wrapped = Object.entries(activities).map(
    ([name, run]: [string, (input: never) => Promise<unknown>]) => [
      name,
      async (input: never): Promise<unknown> => {
        const { workflowType } = Context.current().info;
        return await activity.run(`${workflowType}/${name}`, async () => {
          await tell('start');
          const result = await run(input);
          await tell('end');
          return result;
        });
      },
    ],
  );
  return Object.fromEntries(wrapped) as Activities;
}

function storageWithMoments(storage: Storage, tell: (what: string) => Promise<void>): Storage {
  return {
    uri: storage.uri,
    get: (key, bytesMax) => storage.get(key, bytesMax),
    open: (key) => storage.open(key),
    head: (key) => storage.head(key),
    list: (prefix, options) => storage.list(prefix, options),
    keys: (prefix, options) => storage.keys(prefix, options),
    async put(key, body, condition) {
      const write = `put ${kindOf(key)}`;
      await tell(`${write} before`);
      const info = await storage.put(key, slowly(body, write, tell), condition);
      await tell(`${write} after`);
      return info;
    },
    async delete(keys) {
      if (keys.length === 0) return await storage.delete(keys);
      const removal = `delete ${kindOf(keys[0] ?? '')}`;
      await tell(`${removal} before`);
      const half = Math.ceil(keys.length / 2);
      await storage.delete(keys.slice(0, half));
      if (half < keys.length) await tell(`${removal} half`);
      await storage.delete(keys.slice(half));
      await tell(`${removal} after`);
    },
  };
}

/** The body in two halves, with a moment behind each. */
async function* slowly(
  body: Body,
  write: string,
  tell: (what: string) => Promise<void>,
): AsyncIterable<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of chunksOf(body)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const half = Math.floor(bytes.length / 2);
  yield bytes.subarray(0, half);
  await tell(`${write} torn`);
  yield bytes.subarray(half);
  await tell(`${write} whole`);
}

/** `raw`, `segments`, `ledger`, `quarantine`, `table`; of scratch also what it is: `staging:decrypted`. */
function kindOf(key: string): string {
  const [top = '', ...rest] = key.split('/');
  if (top === 'staging') {
    const name = rest.at(-1) ?? '';
    return `staging:${name.replace(/-.*?(\.gz)?$/, '$1')}`;
  }
  return ['raw', 'segments', 'ledger', 'quarantine', 'parquet'].includes(top) ? top : 'table';
}
