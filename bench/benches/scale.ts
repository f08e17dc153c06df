import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import type { ReprocessInput, ReprocessResult } from '../../src/workflows/messages.js';
import { startS3Proxy } from '../../test/support/s3-proxy.js';
import { startS3Server } from '../../test/support/s3-server.js';
import { startWorkerProcess, type WorkerProcess } from '../../test/support/worker-process.js';
import { DATASET } from '../data/datasets.js';
import { type Dataset, ensureDataset, lakeOf, rawOf } from '../data/ensure-dataset.js';
import type { Bench, BenchContext, BenchOutcome, Table } from '../support/bench.js';
import { assertContent } from '../support/carry.js';
import { linkTree, scratchDir } from '../support/lake-copy.js';
import { landedContent } from '../support/landed.js';
import { busyCoresSince, processorTimes } from '../support/machine.js';
import { cpuSecondsOf, ROOT, run } from '../support/process.js';
import { benchCluster, benchDevServer, type BenchTemporal } from '../support/temporal.js';
import { throttle } from '../support/throttle.js';
import { grouped } from '../support/turns.js';

const WORKERS = [1, 2, 4, 8] as const;
/** Of one core, for each worker: eight of them leave the rest of two cores to Temporal, PostgreSQL and the storage. */
const SHARE = 0.1;
/** As the command does it (src/workflows/reprocess-status.ts). */
const AT_ONCE_A_WORKER = 6;
const ADDED_MS = 30;
const AWAY = 'http://127.0.0.1:9/api/data/log';

/** `reprocess` of a sealed lake over ever more workers, each held to the same share of the machine. */
export const scale: Bench = {
  name: 'scale',
  title: 'reprocess over 1, 2, 4 and 8 workers',
  minutes: 25,
  run: measure,
};

interface Lake {
  readonly what: string;
  readonly env: Readonly<Record<string, string>>;
  /** The folder of its table; undefined: in S3. */
  readonly dir?: string;
}

interface Ran {
  readonly workers: number;
  readonly seconds: number;
  /** Of all workers together. */
  readonly cpuSeconds: number;
  /** Cores that were busy, with all that ran on the machine. */
  readonly busyCores: number;
}

async function measure(context: BenchContext): Promise<BenchOutcome> {
  const { quick, say } = context;
  const dataset = await ensureDataset(quick ? 'day-10k' : 'weeks-120k');
  const tables: Table[] = [];
  const scaling: { what: string; unit: string; points: { work: number; value: number }[] }[] = [];
  const headlines: BenchOutcome['headlines'][number][] = [];
  for (const make of [inFolder, inS3]) {
    const lake = await make(context, dataset);
    // A server of its own: a second lake on the same task queue is refused.
    const { temporal, on } = await serverFor(context);
    const found = await over(context, { temporal, lake, dataset });
    if (lake.dir !== undefined) assertContent('reprocess', await landedContent(lake.dir), dataset.content);
    const one = found[0]!;
    const last = found.at(-1)!;
    const times = (ran: Ran): number => one.seconds / ran.seconds;
    tables.push({
      title: `${lake.what}; Temporal on ${on}`,
      columns: [
        'workers',
        'seconds',
        'hours a minute',
        'times one worker',
        'of linear',
        'CPU s of the workers',
        'busy cores',
      ],
      rows: found.map((ran) => [
        ran.workers,
        ran.seconds.toFixed(1),
        grouped((hoursOf(dataset) * 60) / ran.seconds),
        times(ran).toFixed(2),
        (times(ran) / ran.workers).toFixed(2),
        ran.cpuSeconds.toFixed(1),
        ran.busyCores.toFixed(2),
      ]),
    });
    scaling.push({
      what: lake.what,
      unit: 'times one worker',
      points: found.map((ran) => ({ work: ran.workers, value: times(ran) })),
    });
    headlines.push({
      what: `\`reprocess\` over ${last.workers} workers, ${lake.what}`,
      value: `${times(last).toFixed(2)} times as fast as over one`,
      against: `${(times(last) / last.workers).toFixed(2)} of linear`,
    });
    say(`${lake.what}: ${found.map((ran) => `${ran.workers}: ${ran.seconds.toFixed(1)} s`).join(', ')}`);
  }
  return {
    tables,
    scaling,
    headlines,
    notes: [
      `Each worker is held to ${(quick ? quickShare : SHARE) * 100} % of one core, as \`cpulimit\` does it: its processor time is looked at every 20 ms, and who has taken more than its share is stopped until that is over. ` +
        `Temporal, its database and the storage are not held. Every hour of a sealed lake of ${grouped(hoursOf(dataset))} hours and ${grouped(dataset.spec.records)} records is computed again; the workers have done it once before, unheld, so that all are warm. ` +
        `Where more cores are busy than there are, it is the machine that is measured.`,
    ],
  };
}

const quickShare = 0.4;
const hoursOf = ({ spec }: Dataset): number => spec.spanMs / 3_600_000;

async function serverFor(context: BenchContext): Promise<{ temporal: BenchTemporal; on: string }> {
  try {
    return { temporal: await benchCluster(context), on: 'PostgreSQL' };
  } catch (error) {
    context.say(
      `no Temporal on PostgreSQL (${String(error)}): the dev server, on a SQLite file, takes its place`,
    );
    return { temporal: await benchDevServer(context), on: "the dev server's SQLite file" };
  }
}

function inFolder({ onEnd }: BenchContext, dataset: Dataset): Promise<Lake> {
  const { dir, remove } = scratchDir('scale');
  onEnd(remove);
  linkTree(rawOf(dataset), path.join(dir, 'raw', DATASET));
  return Promise.resolve({
    what: 'a folder',
    env: { FERNLAKE_LAKE: pathToFileURL(dir).href },
    dir: path.join(dir, DATASET),
  });
}

/** A gateway on this machine, behind a proxy that lets each request wait. */
async function inS3({ onEnd }: BenchContext, dataset: Dataset): Promise<Lake> {
  const server = await startS3Server();
  onEnd(() => server.stop());
  const uri = `s3://${server.bucket}/lake`;
  const from = pathToFileURL(lakeOf(dataset)).href;
  await run(process.execPath, [path.join(ROOT, 'bin', 'fernlake'), 'copy', from, uri], { env: server.env });
  const proxy = await startS3Proxy(server.endpoint);
  onEnd(() => proxy.stop());
  proxy.decide = async () => {
    proxy.seen.length = 0;
    await sleep(ADDED_MS);
    return undefined;
  };
  return {
    what: `S3 with ${ADDED_MS} ms added to each request`,
    env: { ...server.env, AWS_ENDPOINT_URL_S3: proxy.endpoint, FERNLAKE_LAKE: uri },
  };
}

interface Scene {
  readonly temporal: BenchTemporal;
  readonly lake: Lake;
  readonly dataset: Dataset;
}

/** With ever more workers, of which each has warmed up before it is held. */
async function over(context: BenchContext, { temporal, lake, dataset }: Scene): Promise<Ran[]> {
  const { quick, say, onEnd } = context;
  const workers: WorkerProcess[] = [];
  onEnd(async () => void (await Promise.all(workers.map((worker) => worker.kill()))));
  const env = {
    ...lake.env,
    FERNLAKE_SOURCE_URL: AWAY,
    FERNLAKE_DATASET: DATASET,
    FERNLAKE_IDLE: '1s',
    FERNLAKE_LATENESS: '1s',
    FERNET_KEYS: DEMO_KEY,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
  };
  const found: Ran[] = [];
  for (const count of quick ? WORKERS.slice(0, 2) : WORKERS) {
    while (workers.length < count) workers.push(await startWorkerProcess(env));
    await reprocess(temporal, count);
    // The last hour is closed by the clock: it is sealed by the second time.
    if (count === 1) await sleep(3_000);
    await reprocess(temporal, count);
    const ran = await held(temporal, workers, { share: quick ? quickShare : SHARE, hours: hoursOf(dataset) });
    say(`${lake.what}, ${count} workers: ${ran.seconds.toFixed(1)} s`);
    found.push(ran);
  }
  await Promise.all(workers.map((worker) => worker.stop()));
  return found;
}

async function held(
  temporal: BenchTemporal,
  workers: readonly WorkerProcess[],
  { share, hours }: { readonly share: number; readonly hours: number },
): Promise<Ran> {
  const pids = workers.map(({ pid }) => pid);
  const cpu = (): number => pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0);
  const [cpuBefore, times, startMs] = [cpu(), processorTimes(), performance.now()];
  const letGo = throttle(pids, share);
  try {
    const result = await reprocess(temporal, workers.length);
    const seconds = (performance.now() - startMs) / 1_000;
    const { changed, failed } = result;
    if (result.hours < hours || failed.length > 0 || Object.keys(changed).length > 0)
      throw new Error(
        `reprocess did not compute ${hours} hours to the same bytes: ${JSON.stringify(result)}`,
      );
    return {
      workers: workers.length,
      seconds,
      cpuSeconds: cpu() - cpuBefore,
      busyCores: busyCoresSince(times, seconds),
    };
  } finally {
    letGo();
  }
}

let runs = 0;

async function reprocess({ client }: BenchTemporal, workers: number): Promise<ReprocessResult> {
  const input: ReprocessInput = {
    ...{ dataset: DATASET, latenessMs: 1_000, idleMs: 1_000, contiguousIds: true },
    ...{ mode: 'rebuild', from: null, to: null, atOnce: AT_ONCE_A_WORKER * workers },
  };
  return (await client.workflow.execute('reprocess', {
    workflowId: `scale-${(runs += 1)}`,
    taskQueue: 'fernlake',
    args: [input],
  })) as ReprocessResult;
}
