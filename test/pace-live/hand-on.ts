/**
 * Whether ids go missing where one slot's run hands on to the next, and beside neighbours that take the processors. The source is the
 * judge: of the ids that it made, which stand in an archived answer? Everything runs on the processors that this process may use:
 *
 *     npm run build && taskset -c 0 node dist/test/pace-live/hand-on.js '{"rate":400,"window":100,"slots":10,"busy":0}'
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  createMint,
  createSeries,
  createSourceServer,
  DEMO_KEY,
  seriesOptions,
  type SourceServer,
} from '../../examples/source-server/index.js';
import { arrivalMs, rawNameOf, rawPrefix } from '../../src/lake/keys.js';
import { executions } from '../support/history.js';
import { keysUnder, objectAt, tempLake } from '../support/lake.js';
import { pipeline } from '../support/pipeline.js';
import { stopSharedTemporal } from '../support/temporal-server.js';
import { until } from '../support/until.js';
import { startWorkerProcess } from '../support/worker-process.js';

interface HandOnOptions {
  readonly rate: number;
  readonly window: number;
  readonly slots: number;
  readonly slotMs: number;
  /** Loops that do nothing but take a processor. */
  readonly busy: number;
}

interface HandOn extends HandOnOptions {
  /** Runs that have polled. */
  readonly runs: number;
  readonly ids: number;
  readonly polls: number;
  readonly missing: number;
  /** What the runs themselves told as lost. */
  readonly toldLost: number;
  readonly longestGapMs: number;
}

/** The window passes in `window / rate` seconds: a longer time between two polls costs ids. */
async function handOn(options: HandOnOptions): Promise<HandOn> {
  const { rate, window, slots, slotMs, busy } = options;
  const source = await leanSource(rate, window);
  const lake = await tempLake();
  const env = {
    FERNLAKE_SLOT: `${slotMs}ms`,
    FERNLAKE_POLL_MIN: '50ms',
    FERNLAKE_POLL_MAX: '5m',
    FERNLAKE_IDLE: '2s',
  };
  const run = await pipeline(source.url, env, lake);
  const worker = await startWorkerProcess(run.env);
  const neighbours = Array.from({ length: busy }, loopForever);
  try {
    await run.schedule();
    await until('the first poll', () => source.requests() > 0, 60_000);
    await sleep(slots * slotMs);
    await worker.kill();
    const runs = (await executions(run.client, run.config.taskQueue)).filter(({ type }) => type === 'etl');
    let toldLost = 0;
    for (const { workflowId, runId, status } of runs) {
      if (status.name !== 'COMPLETED') continue;
      const result = (await run.client.workflow.getHandle(workflowId, runId).result()) as {
        report: { lostCount: number };
      };
      toldLost += result.report.lostCount;
    }
    return { ...options, runs: runs.length, toldLost, ...(await archived(lake.storage, run.dataset)) };
  } finally {
    for (const each of neighbours) each.kill('SIGKILL');
    await worker.kill();
    await run.close();
    await source.close();
  }
}

/**
 * The sample API, which makes each token once: to make a thousand for each answer would keep the processor busier than all that is
 * measured here.
 */
async function leanSource(rate: number, window: number): Promise<SourceServer> {
  const startMs = Date.now();
  const series = createSeries(seriesOptions({ rate, history: window }, startMs));
  const mint = createMint(DEMO_KEY);
  const shown: string[] = [];
  let next = 0;
  return await createSourceServer({
    respond: () => {
      const newest = series.newestIndex(Date.now() - startMs);
      for (next = Math.max(next, newest - window + 1); next <= newest; next += 1) {
        const { record, plaintext, eventMs } = series.recordAt(next);
        const data = mint(plaintext, Date.now());
        shown.push(JSON.stringify({ recordId: record.record_id, ArrivalTimeStamp: eventMs / 1_000, data }));
      }
      shown.splice(0, shown.length - window);
      return { body: `[${shown.join(',')}]` };
    },
  });
}

type Stored = Awaited<ReturnType<typeof tempLake>>['storage'];

async function archived(
  storage: Stored,
  dataset: string,
): Promise<Pick<HandOn, 'ids' | 'polls' | 'missing' | 'longestGapMs'>> {
  const seen = new Set<number>();
  let longestGapMs = 0;
  let beforeMs: number | undefined;
  const keys = await keysUnder(storage, rawPrefix(dataset));
  for (const key of keys) {
    const text = gunzipSync((await objectAt(storage, key)) ?? Buffer.alloc(0)).toString();
    for (const { recordId } of JSON.parse(text) as { recordId: number }[]) seen.add(recordId);
    const atMs = arrivalMs(rawNameOf(key));
    longestGapMs = Math.max(longestGapMs, atMs - (beforeMs ?? atMs));
    beforeMs = atMs;
  }
  let first = Infinity;
  let last = -Infinity;
  for (const id of seen) [first, last] = [Math.min(first, id), Math.max(last, id)];
  const ids = last - first + 1;
  return { ids, polls: keys.length, missing: ids - seen.size, longestGapMs };
}

const loopForever = (): ChildProcess =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore', detached: false });

const given = JSON.parse(process.argv[2] ?? '{}') as Partial<HandOnOptions>;
console.log(
  JSON.stringify(await handOn({ rate: 400, window: 100, slots: 10, slotMs: 10_000, busy: 0, ...given })),
);
await stopSharedTemporal();
