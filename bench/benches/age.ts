import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { addHours, hourStartMs } from '../../src/dataset/hour.js';
import { openFolder } from '../../src/storage/folder.js';
import type { Storage } from '../../src/storage/port.js';
import { Bench as Chain, DATASET, envelopes } from '../../test/activities/bench.js';
import { startWorkerProcess } from '../../test/support/worker-process.js';
import type { Bench, BenchContext, BenchOutcome, GrowthLine } from '../support/bench.js';
import { scratchDir } from '../support/lake-copy.js';
import { addLedgers, END, NEXT_ID } from '../support/old-lake.js';
import { ROOT, run } from '../support/process.js';
import { benchDevServer, type BenchTemporal } from '../support/temporal.js';
import { grouped, median } from '../support/turns.js';

/** A day, 36 days, a year, ten years. */
const AGES = [24, 876, 8_760, 87_600] as const;
/** A seal and a search take milliseconds, which spread: they are taken more often. */
const SEALS_PER_START = 5;

interface AtAge {
  readonly hours: number;
  readonly sealMs: number;
  /** Requests that one seal makes of the storage, and keys that listings gave it. */
  readonly requests: number;
  readonly listed: number;
  /** A search of `reprocess` for what nobody has carried, while there is some. */
  readonly searchMs: number;
  readonly statusSec: number;
  readonly startSec: number;
}

/** Ten years of hours in the lake must not make a seal, a status or a start slower, nor a search of `reprocess`. */
export const age: Bench = {
  name: 'age',
  title: 'A lake that grows old: seal, search, status and start',
  minutes: 2,
  run: measure,
};

async function measure(context: BenchContext): Promise<BenchOutcome> {
  const { quick, say } = context;
  const { dir, remove } = scratchDir('age');
  context.onEnd(remove);
  const temporal = await benchDevServer(context);
  const found: AtAge[] = [];
  let have = 0;
  for (const hours of quick ? AGES.slice(0, 1) : AGES) {
    say(`${grouped(hours)} hours`);
    addLedgers(dir, have, hours);
    have = hours;
    found.push(await look(dir, hours, temporal, found.length, quick ? 1 : 3));
  }
  const [young, old] = [found[0]!, found.at(-1)!];
  const ratio = (of: (at: AtAge) => number): string => (of(old) / of(young)).toFixed(2);
  const grown = Math.max(
    old.sealMs / young.sealMs,
    old.statusSec / young.statusSec,
    old.startSec / young.startSec,
    old.searchMs / young.searchMs,
  );
  return {
    tables: [
      {
        title: '',
        columns: [
          'sealed hours in the lake',
          'seal, ms',
          'requests of a seal',
          'keys listed for it',
          'search of `reprocess`, ms',
          '`fernlake status`, s',
          'start of a worker, s',
        ],
        rows: found.map(({ hours, sealMs, requests, listed, searchMs, statusSec, startSec }) => [
          grouped(hours),
          grouped(sealMs),
          requests,
          listed,
          grouped(searchMs),
          statusSec.toFixed(1),
          startSec.toFixed(1),
        ]),
      },
    ],
    notes: [
      'A lake of ledgers with nothing but their hours made up, the next hour sealed on top of it (100 records: merge, gzip, ' +
        'upload, settle, without Temporal), a search for answers that nobody has carried, `fernlake status --json` and `fernlake worker` as processes; medians of three (of fifteen for seal and search). On a folder. ' +
        'The count of requests is the same on S3, where a listing gives 1,000 keys a request.',
    ],
    headlines: [
      {
        what: 'ten years of hours in the lake, against a day',
        value: `seal ${ratio(({ sealMs }) => sealMs)}, status ${ratio(({ statusSec }) => statusSec)}, start ${ratio(({ startSec }) => startSec)}, search of reprocess ${ratio(({ searchMs }) => searchMs)} times`,
        against: 'bound: no slower (1.25 times allowed for noise)',
        met: grown <= 1.25,
      },
    ],
    growth: quick ? [] : growth(found),
  };
}

async function look(
  dir: string,
  hours: number,
  temporal: BenchTemporal,
  turn: number,
  times: number,
): Promise<AtAge> {
  const counts = { requests: 0, listed: 0 };
  const folder = await openFolder(pathToFileURL(dir).href);
  const chain = await Chain.openOver(counting(folder, counts));
  const sealMs: number[] = [];
  const searchMs: number[] = [];
  const statusSecs: number[] = [];
  const startSecs: number[] = [];
  let after: string | null = null;
  for (let i = 0; i < times * SEALS_PER_START; i += 1) {
    // Each seal is the next hour's: it has a neighbour before it and none behind.
    const n = turn * times * SEALS_PER_START + i + 1;
    const hour = addHours(END, n);
    const firstId = NEXT_ID + (n - 1) * 100;
    await chain.archiveAndCarry(
      hourStartMs(hour) + 120_000,
      envelopes(firstId, firstId + 99, hourStartMs(hour)),
      `slot-${n}`,
    );
    Object.assign(counts, { requests: 0, listed: 0 });
    sealMs.push(await timed(async () => void (await chain.seal(hour))));
    const { requests, listed } = counts;
    const uncarried = await chain.archive(hourStartMs(hour) + 180_000, []);
    searchMs.push(
      await timed(async () => {
        const { raws } = await chain.activities.findUncarried({ dataset: DATASET, after });
        if (!raws.includes(uncarried)) throw new Error('the search did not find what nobody has carried');
      }),
    );
    Object.assign(counts, { requests, listed });
    after = uncarried;
    if (i >= times) continue;
    const { statusSec, startSec } = await processes(dir, temporal);
    statusSecs.push(statusSec);
    startSecs.push(startSec);
  }
  await chain.close();
  return {
    hours,
    sealMs: median(sealMs),
    ...counts,
    searchMs: median(searchMs),
    statusSec: median(statusSecs),
    startSec: median(startSecs),
  };
}

/** What a user waits for: `fernlake status`, and a worker until it polls. */
async function processes(
  dir: string,
  temporal: BenchTemporal,
): Promise<Pick<AtAge, 'statusSec' | 'startSec'>> {
  const env = {
    FERNLAKE_LAKE: pathToFileURL(dir).href,
    FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/api/data/log',
    FERNET_KEYS: DEMO_KEY,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  const status = await run(process.execPath, [path.join(ROOT, 'bin', 'fernlake'), 'status', '--json'], {
    env,
  });
  let stop: () => Promise<unknown> = () => Promise.resolve();
  const startMs = await timed(async () => {
    const worker = await startWorkerProcess(env);
    stop = () => worker.kill();
  });
  await stop();
  return { statusSec: status.seconds, startSec: startMs / 1_000 };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** The storage, and how often it is asked. */
function counting(storage: Storage, counts: { requests: number; listed: number }): Storage {
  const once = <A extends unknown[], R>(ask: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      counts.requests += 1;
      return ask(...args);
    };
  };
  return {
    uri: storage.uri,
    get: once((key, bytesMax) => storage.get(key, bytesMax)),
    open: once((key) => storage.open(key)),
    head: once((key) => storage.head(key)),
    put: once((key, body, condition) => storage.put(key, body, condition)),
    delete: once((keys) => storage.delete(keys)),
    async *keys(prefix, options) {
      counts.requests += 1;
      for await (const key of storage.keys(prefix, options)) {
        counts.listed += 1;
        yield key;
      }
    },
    async *list(prefix, options) {
      counts.requests += 1;
      for await (const info of storage.list(prefix, options)) {
        counts.listed += 1;
        yield info;
      }
    },
  };
}

function growth(found: readonly AtAge[]): GrowthLine[] {
  const line = (what: string, unit: string, of: (at: AtAge) => number): GrowthLine => ({
    what,
    unit,
    points: found.map((at) => ({ work: at.hours, value: of(at) })),
  });
  return [
    line('seal, by hours in the lake', 'ms', ({ sealMs }) => sealMs),
    line('keys listed for a seal, by hours in the lake', 'keys', ({ listed }) => Math.max(1, listed)),
    line('search of reprocess, by hours in the lake', 'ms', ({ searchMs }) => searchMs),
    line('status, by hours in the lake', 's', ({ statusSec }) => statusSec),
    line('start of a worker, by hours in the lake', 's', ({ startSec }) => startSec),
  ];
}
