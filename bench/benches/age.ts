import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { addHours, type Hour, hourOf, hourStartMs } from '../../src/domain/hour.js';
import { ledgerKey, tableKey } from '../../src/domain/lake-keys.js';
import { encodeLedger } from '../../src/domain/ledger.js';
import { openFolder } from '../../src/storage/folder.js';
import type { Storage } from '../../src/storage/port.js';
import { Bench as Chain, DATASET, envelopes } from '../../test/activities/bench.js';
import { startWorkerProcess } from '../../test/support/worker-process.js';
import { START_MS } from '../data/datasets.js';
import type { Bench, BenchContext, BenchOutcome, GrowthLine } from '../support/bench.js';
import { scratchDir } from '../support/lake-copy.js';
import { ROOT, run } from '../support/process.js';
import { benchDevServer, type BenchTemporal } from '../support/temporal.js';
import { grouped, median } from '../support/turns.js';

/** A day, 36 days, a year, ten years. */
const AGES = [24, 876, 8_760, 87_600] as const;
const END: Hour = hourOf(START_MS);
const IDS_PER_HOUR = 6_048;
/** The first id behind the old hours; nothing is missing between. */
const NEXT_ID = 1_000_000_000;

interface AtAge {
  readonly hours: number;
  readonly sealMs: number;
  /** Requests that one seal makes of the storage, and keys that listings gave it. */
  readonly requests: number;
  readonly listed: number;
  readonly statusSec: number;
  readonly startSec: number;
}

/** Ten years of hours in the lake must not make a seal, a status or a start slower. */
export const age: Bench = {
  name: 'age',
  title: 'A lake that grows old: seal, status and start',
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
          '`fernlake status`, s',
          'start of a worker, s',
        ],
        rows: found.map(({ hours, sealMs, requests, listed, statusSec, startSec }) => [
          grouped(hours),
          grouped(sealMs),
          requests,
          listed,
          statusSec.toFixed(1),
          startSec.toFixed(1),
        ]),
      },
    ],
    notes: [
      'A lake of ledgers with nothing but their hours made up, the next hour sealed on top of it (100 records: merge, gzip, ' +
        'upload, settle, without Temporal), `fernlake status --json` and `fernlake worker` as processes; medians of three. On a folder. ' +
        'The count of requests is the same on S3, where a listing gives 1,000 keys a request.',
    ],
    headlines: [
      {
        what: 'ten years of hours in the lake, against a day',
        value: `seal ${ratio(({ sealMs }) => sealMs)}, status ${ratio(({ statusSec }) => statusSec)}, start ${ratio(({ startSec }) => startSec)} times`,
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
  const statusSec: number[] = [];
  const startSec: number[] = [];
  for (let i = 0; i < times; i += 1) {
    // Each seal is the next hour's: it has a neighbour before it and none behind.
    const n = turn * times + i + 1;
    const hour = addHours(END, n);
    const firstId = NEXT_ID + (n - 1) * 100;
    await chain.archiveAndCarry(
      hourStartMs(hour) + 120_000,
      envelopes(firstId, firstId + 99, hourStartMs(hour)),
      `slot-${n}`,
    );
    Object.assign(counts, { requests: 0, listed: 0 });
    sealMs.push(await timed(async () => void (await chain.seal(hour))));
    const env = {
      FERNLAKE_LAKE: pathToFileURL(dir).href,
      FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/api/data/log',
      FERNET_KEYS: DEMO_KEY,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    };
    statusSec.push(
      (await run(process.execPath, [path.join(ROOT, 'bin', 'fernlake'), 'status', '--json'], { env }))
        .seconds,
    );
    let stop: () => Promise<unknown> = () => Promise.resolve();
    const startMs = await timed(async () => {
      const worker = await startWorkerProcess(env);
      stop = () => worker.kill();
    });
    startSec.push(startMs / 1_000);
    await stop();
  }
  await chain.close();
  return {
    hours,
    sealMs: median(sealMs),
    ...counts,
    statusSec: median(statusSec),
    startSec: median(startSec),
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** Ledgers of hours number `from` to `to` before the end, so that a lake can be made older. */
function addLedgers(dir: string, from: number, to: number): void {
  for (let back = from; back < to; back += 1) {
    const hour = addHours(END, -back);
    const first = NEXT_ID - (back + 1) * IDS_PER_HOUR;
    const key = tableKey(DATASET, hour);
    const text = encodeLedger({
      dataset: DATASET,
      hour,
      revision: 1,
      sealedAt: new Date(hourStartMs(hour) + 3_900_000).toISOString(),
      code: 'fernlake bench row 1',
      seen: IDS_PER_HOUR,
      landed: IDS_PER_HOUR,
      duplicates: 0,
      quarantined: {},
      late: 0,
      ids: { first, last: first + IDS_PER_HOUR - 1, missing: [], missingCount: 0 },
      complete: 1,
      object: { key, bytes: 264_000, sha256: '0'.repeat(64), etag: `"${back}"`, rows: IDS_PER_HOUR },
      sizes: { json: 1_650_000, compact: 1_300_000, gzip: 264_000 },
      keys: { '00000000': IDS_PER_HOUR },
      raw: [],
    });
    write(dir, ledgerKey(DATASET, hour), text);
  }
}

function write(dir: string, key: string, text: string): void {
  const file = path.join(dir, key);
  if (!existsSync(path.dirname(file))) mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
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
    get: once((key) => storage.get(key)),
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
    line('status, by hours in the lake', 's', ({ statusSec }) => statusSec),
    line('start of a worker, by hours in the lake', 's', ({ startSec }) => startSec),
  ];
}
