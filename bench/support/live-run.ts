import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  createSourceServer,
  type Envelope,
  type SourceServerOptions,
} from '../../examples/source-server/index.js';
import { arrivalMs, rawNameOf } from '../../src/lake/keys.js';
import { triggerSchedule } from '../../src/schedule.js';
import { tempLake } from '../../test/support/lake.js';
import { pipeline } from '../../test/support/pipeline.js';
import { until } from '../../test/support/until.js';
import { startWorkerProcess } from '../../test/support/worker-process.js';
import { filesUnder } from './landed.js';
import { cpuSecondsOf, peakMemoryMb } from './process.js';
import { type Asked, askedOf } from './temporal-cost.js';
import type { BenchTemporal } from './temporal.js';

export interface LiveOptions {
  readonly temporal: BenchTemporal;
  readonly source: SourceServerOptions;
  readonly env: Readonly<Record<string, string>>;
  /** How long records come, from the first poll on. */
  readonly seconds: number;
  /** Start the first slot now, where slots are long. */
  readonly trigger?: boolean;
}

export interface Live {
  /** Ids from the first shown to the last. */
  readonly ids: number;
  readonly polls: number;
  /** Ids between those that no answer showed. */
  readonly missing: number;
  /** Of these, ids that stand in segments. */
  readonly carried: number;
  /** Polls over the least possible: the new ids over the window. */
  readonly pollShare: number;
  /** From a record's event to the segment that holds it, in milliseconds; of records that came while it ran. */
  readonly latenciesMs: readonly number[];
  /** Share of one core, while it polled. */
  readonly cpuShare: number;
  readonly serverCpuShare: number | undefined;
  readonly peakMb: number;
  readonly asked: Asked;
  readonly elapsedSec: number;
}

const WINDOW = 100;
/** A slot of 5 minutes carries fewer than 50 answers at its end. */
const SETTLED_MS_MAX = 6 * 60_000;

/** The whole pipeline, the worker in a process of its own, on a source of so many records a second. */
export async function runLive({ temporal, source, env, seconds, trigger }: LiveOptions): Promise<Live> {
  const server = await createSourceServer({ window: WINDOW, history: WINDOW, ...source });
  const lake = await tempLake();
  const run = await pipeline(server.url, { FERNLAKE_POLL_MAX: '5m', ...env }, lake, temporal);
  const worker = await startWorkerProcess(run.env);
  try {
    await run.schedule();
    if (trigger) await triggerSchedule(run.client, run.config);
    await until('the first poll', () => server.requests() > 0, 60_000);
    const startMs = Date.now();
    const cpu = (): number[] => [worker.pid, ...(temporal.pid ? [temporal.pid] : [])].map(cpuSecondsOf);
    const before = cpu();
    await sleep(seconds * 1_000);
    const shares = cpu().map((after, i) => (after - (before[i] ?? 0)) / ((Date.now() - startMs) / 1_000));
    const endMs = Date.now();
    const asked = await askedOf(run.client, run.config.taskQueue);
    const raws = filesUnder(path.join(lake.dir, 'raw'), '.json.gz');
    const polls = pollsOf(raws.filter((file) => arrivalMs(rawNameOf(file)) <= endMs));
    const last = polls.at(-1)?.last ?? 0;
    const firsts = await until(
      'what was polled stands in segments',
      () => {
        const found = segmentTimes(lake.dir);
        return found.has(last) || sealedAll(lake.dir, last) ? found : undefined;
      },
      SETTLED_MS_MAX,
    );
    const latenciesMs = [...firsts].flatMap(([id, writtenMs]) => {
      const { eventMs } = server.generatedRecord(id);
      return eventMs >= startMs && id <= last ? [writtenMs - eventMs] : [];
    });
    return {
      ids: last - (polls[0]?.first ?? 0) + 1,
      polls: polls.length,
      missing: polls.reduce(
        (sum, { first }, i) => sum + Math.max(0, i === 0 ? 0 : first - (polls[i - 1]?.last ?? first) - 1),
        0,
      ),
      carried: [...firsts.keys()].filter((id) => id <= last).length,
      pollShare: (polls.length - 1) / ((last - (polls[0]?.last ?? 0)) / WINDOW),
      latenciesMs,
      cpuShare: shares[0] ?? 0,
      serverCpuShare: shares[1],
      peakMb: peakMemoryMb(worker.pid),
      asked,
      elapsedSec: (endMs - startMs) / 1_000,
    };
  } finally {
    await worker.kill();
    await run.close();
    await server.close();
  }
}

interface Poll {
  readonly first: number;
  readonly last: number;
}

function pollsOf(files: readonly string[]): Poll[] {
  return files.map((file) => {
    const ids = (JSON.parse(gunzipSync(readFileSync(file)).toString()) as Envelope[]).map(
      ({ recordId }) => recordId,
    );
    return { first: Math.min(...ids), last: Math.max(...ids) };
  });
}

/** When the first segment that holds an id was written. */
function segmentTimes(lake: string): Map<number, number> {
  const times = new Map<number, number>();
  for (const file of filesUnder(path.join(lake, 'segments'), '.json.gz')) {
    const [writtenMs, text] = read(file);
    // The first line is a header, each further one begins with `[id,`.
    for (const line of text.split('\n').slice(1)) {
      const id = Number(line.slice(1, line.indexOf(',')));
      if (line !== '') times.set(id, Math.min(times.get(id) ?? Infinity, writtenMs));
    }
  }
  return times;
}

/** A seal may take a segment away while we look. */
function read(file: string): [number, string] {
  try {
    return [statSync(file).mtimeMs, gunzipSync(readFileSync(file)).toString()];
  } catch {
    return [0, ''];
  }
}

const sealedAll = (lake: string, last: number): boolean =>
  filesUnder(path.join(lake, 'ledger'), '.json').some((file) => {
    const { ids } = JSON.parse(readFileSync(file, 'utf8')) as { ids: { last: number | null } };
    return (ids.last ?? 0) >= last;
  });
