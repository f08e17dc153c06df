import { gunzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSourceServer, type SourceServerOptions } from '../../examples/source-server/index.js';
import { arrivalMs, rawNameOf, rawPrefix } from '../../src/lake/keys.js';
import { keysUnder, ledgers, objectAt } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';

/** One archived poll. */
export interface Poll {
  readonly atMs: number;
  readonly first: number;
  readonly last: number;
  readonly records: number;
}

export interface LiveRun {
  readonly polls: readonly Poll[];
  /** Sum of the ledgers' missing ids. */
  readonly missing: number;
  readonly missingRanges: readonly (readonly [number, number])[];
  readonly landed: number;
  /** Ids from the first shown to the last. */
  readonly ids: number;
  readonly findings: readonly unknown[];
}

const WINDOW = 100;

/** The whole pipeline on a source of so many records a second, for so long; then everything is sealed and read. */
export async function runLive(
  source: SourceServerOptions,
  durationMs: number,
  env: Record<string, string>,
  meanwhile: (run: Pipeline) => Promise<void> = async () => {},
): Promise<LiveRun> {
  const server = await createSourceServer({ window: WINDOW, history: WINDOW, ...source });
  const run = await pipeline(server.url, { FERNLAKE_POLL_MAX: '5m', FERNLAKE_IDLE: '2s', ...env });
  try {
    const worker = await run.startWorker();
    await run.schedule();
    await Promise.all([sleep(durationMs), meanwhile(run)]);
    await run.settle();
    await worker.stop();
    return await readRun(run);
  } finally {
    await run.close();
    await server.close();
  }
}

async function readRun(run: Pipeline): Promise<LiveRun> {
  const { storage } = run.lake;
  const polls: Poll[] = [];
  for (const key of await keysUnder(storage, rawPrefix(run.dataset))) {
    const body = gunzipSync((await objectAt(storage, key)) ?? Buffer.alloc(0)).toString('utf8');
    const ids = (JSON.parse(body) as { recordId: number }[]).map(({ recordId }) => recordId);
    polls.push({
      atMs: arrivalMs(rawNameOf(key)),
      first: ids[0] ?? 0,
      last: ids.at(-1) ?? 0,
      records: ids.length,
    });
  }
  const all = [...(await ledgers(storage, run.dataset)).values()];
  return {
    polls,
    missing: all.reduce((sum, { ids }) => sum + ids.missingCount, 0),
    missingRanges: all.flatMap(({ ids }) => ids.missing),
    landed: all.reduce((sum, { landed }) => sum + landed, 0),
    ids: (polls.at(-1)?.last ?? 0) - (polls[0]?.first ?? 0) + 1,
    findings: (await run.audit()).findings,
  };
}

/** Polls over the least possible number (new ids / window), from `fromMs` after the first poll on. */
export function pollShare({ polls }: LiveRun, fromMs: number): number {
  const steady = polls.filter(({ atMs }) => atMs - (polls[0]?.atMs ?? 0) >= fromMs);
  const fresh = (steady.at(-1)?.last ?? 0) - (steady[0]?.last ?? 0);
  return (steady.length - 1) / (fresh / WINDOW);
}

/** The longest time between two polls. */
export function longestGapMs({ polls }: LiveRun): number {
  return polls
    .slice(1)
    .reduce((longest, { atMs }, i) => Math.max(longest, atMs - (polls[i]?.atMs ?? atMs)), 0);
}
