import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, BenchContext, BenchOutcome } from '../support/bench.js';
import { type Live, runLive } from '../support/live-run.js';
import { PeerMissing } from '../support/peers.js';
import { cpuSecondsOf, memoryMb, peakMemoryMb } from '../support/process.js';
import { benchCluster, benchDevServer, type BenchTemporal } from '../support/temporal.js';
import { tempLake } from '../../test/support/lake.js';
import { pipeline } from '../../test/support/pipeline.js';
import { startWorkerProcess } from '../../test/support/worker-process.js';
import { DIARY_RATE, FACTOR, type Idle, liveReport } from './live-report.js';

/** Rates that are tried until one loses an id. */
const RATES = [50, 100, 150, 200, 300, 400] as const;

export const live: Bench = {
  name: 'live',
  title: 'Live: pace, latency, and what it asks of Temporal and of the machine',
  minutes: 9,
  run: measure,
};

async function measure(context: BenchContext): Promise<BenchOutcome> {
  const { quick, say } = context;
  const temporal = await benchDevServer(context);
  say('start and idle');
  const idle = await idleWorker(temporal, quick ? 1 : 20);
  say('an hour of 1.68 records a second, 60 times as fast');
  const hour = await scaledHour(temporal, quick ? 2 : 60);
  if (quick) return liveReport({ idle, hour, diary: undefined, byServer: [], ramp: [], notes: [] });
  say('1.68 records a second, in real time');
  const diary = await inRealTime(temporal, DIARY_RATE, 150);
  const tenfold = DIARY_RATE * 10;
  say(`${tenfold} records a second, in real time`);
  const byServer: [string, Live][] = [['dev server (SQLite)', await inRealTime(temporal, tenfold, 60)]];
  const notes: string[] = [];
  try {
    say('the same on PostgreSQL');
    byServer.push(['PostgreSQL', await inRealTime(await benchCluster(context), tenfold, 60)]);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    notes.push(`Not on PostgreSQL: ${error.message}`);
  }
  return liveReport({ idle, hour, diary, byServer, ramp: await ramp(temporal, say), notes });
}

/** Event times as the wall clock has them, so that latency can be told; nothing is sealed meanwhile. */
async function inRealTime(temporal: BenchTemporal, rate: number, seconds: number): Promise<Live> {
  return await runLive({
    temporal,
    seconds,
    trigger: true,
    source: { rate, startMs: Date.now() },
    env: { FERNLAKE_SLOT: '5m', FERNLAKE_POLL_MIN: '200ms', FERNLAKE_LATENESS: '5m', FERNLAKE_IDLE: '5m' },
  });
}

/** As `fernlake` is configured by default, all times divided: as many polls, slots and seals a record as in a real hour. */
async function scaledHour(temporal: BenchTemporal, seconds: number): Promise<Live> {
  const slot = `${300_000 / FACTOR}ms`;
  return await runLive({
    temporal,
    seconds,
    source: { rate: DIARY_RATE * FACTOR, speed: FACTOR },
    env: {
      FERNLAKE_SLOT: slot,
      FERNLAKE_POLL_MIN: `${Math.ceil(1_000 / FACTOR)}ms`,
      FERNLAKE_POLL_MAX: slot,
      FERNLAKE_LATENESS: slot,
      FERNLAKE_IDLE: slot,
    },
  });
}

async function ramp(temporal: BenchTemporal, say: (text: string) => void): Promise<[number, Live][]> {
  const found: [number, Live][] = [];
  for (const rate of RATES) {
    say(`${rate} records a second`);
    const run = await runLive({
      temporal,
      seconds: 20,
      source: { rate },
      env: { FERNLAKE_SLOT: '5s', FERNLAKE_POLL_MIN: '50ms' },
    });
    found.push([rate, run]);
    if (run.missing > 0) break;
  }
  return found;
}

/** A worker with nothing to do: how soon it is there, what it holds, what it costs. */
async function idleWorker(temporal: BenchTemporal, seconds: number): Promise<Idle> {
  const run = await pipeline('http://127.0.0.1:9/api/data/log', {}, await tempLake(), temporal);
  const startMs = performance.now();
  const worker = await startWorkerProcess(run.env);
  try {
    const startSec = (performance.now() - startMs) / 1_000;
    await sleep(1_000);
    const startMb = memoryMb(worker.pid);
    const before = cpuSecondsOf(worker.pid);
    await sleep(seconds * 1_000);
    const cpuShare = (cpuSecondsOf(worker.pid) - before) / seconds;
    return { startSec, startMb, peakMb: peakMemoryMb(worker.pid), cpuShare };
  } finally {
    await worker.kill();
    await run.close();
  }
}
