import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { startDevServer } from '../../src/embedded/dev-server.js';
import { temporalCli } from '../../test/support/temporal-cli.js';
import { startWorkerProcess } from '../../test/support/worker-process.js';
import { DATASET } from '../data/datasets.js';
import { type Dataset, rawOf } from '../data/ensure-dataset.js';
import type { BenchContext } from './bench.js';
import type { Content } from './content-hash.js';
import { linkTree, scratchDir } from './lake-copy.js';
import { unitEnvironment } from './unit-environment.js';
import { filesUnder, landedContent } from './landed.js';
import { cpuSecondsOf, peakMemoryMb, ROOT, run } from './process.js';

/** What it took to carry a raw archive into sealed hours. */
export interface Carried {
  readonly seconds: number;
  /** Of the worker's process. */
  readonly cpuSeconds: number;
  /** Of Temporal's server meanwhile. */
  readonly serverCpuSeconds: number;
  readonly peakMb: number;
  /** The longest that the worker's event loop was blocked. */
  readonly blockedMs: number;
  readonly content: Content;
  readonly tableDir: string;
}

const LOOK_MS = 100;
const SEALED_MS_MAX = 3_600_000;

/**
 * As a user does it: a lake that holds nothing but the archive, `fernlake worker`, `fernlake reprocess`, and the wait until
 * the ledgers hold every record. The lake is removed at the end of the bench.
 */
export async function carryArchive(dataset: Dataset, context: BenchContext): Promise<Carried> {
  const { dir, remove } = scratchDir(dataset.spec.name);
  context.onEnd(remove);
  linkTree(rawOf(dataset), path.join(dir, 'raw', DATASET));
  const server = await startDevServer({
    cliPath: await temporalCli(),
    port: 0,
    uiPort: false,
    dbFile: path.join(dir, '..', `${path.basename(dir)}.db`),
    log: () => undefined,
  });
  const delayFile = path.join(dir, '..', `${path.basename(dir)}.delay`);
  context.onEnd(
    async () =>
      void (await run('rm', ['-rf', delayFile, `${dir}.db`, `${dir}.db-wal`, `${dir}.db-shm`, `${dir}.log`])),
  );
  try {
    const env = {
      FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/api/data/log',
      FERNLAKE_LAKE: pathToFileURL(dir).href,
      FERNLAKE_DATASET: DATASET,
      FERNLAKE_IDLE: '1s',
      FERNLAKE_LATENESS: '1s',
      FERNET_KEYS: DEMO_KEY,
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
    };
    const { NODE_OPTIONS = '', ...memory } = unitEnvironment();
    const worker = await startWorkerProcess({
      ...env,
      ...memory,
      NODE_OPTIONS: `${NODE_OPTIONS} --import=${pathToFileURL(path.join(import.meta.dirname, 'loop-delay.js')).href}`,
      FERNLAKE_BENCH_DELAY_FILE: delayFile,
    });
    try {
      process.kill(worker.pid, 'SIGUSR2');
      const cpu = (): [number, number] => [cpuSecondsOf(worker.pid), cpuSecondsOf(server.pid)];
      const [workerBefore, serverBefore] = cpu();
      const startMs = performance.now();
      await run(process.execPath, [path.join(ROOT, 'bin', 'fernlake'), 'reprocess', '--json'], {
        env,
        timeoutMs: SEALED_MS_MAX,
      });
      await untilSealed(dir, dataset.spec.records);
      const seconds = (performance.now() - startMs) / 1_000;
      const [workerAfter, serverAfter] = cpu();
      await sleep(500);
      const { maxMs } = JSON.parse(readFileSync(delayFile, 'utf8')) as { maxMs: number };
      const tableDir = path.join(dir, DATASET);
      const measured = {
        seconds,
        cpuSeconds: workerAfter - workerBefore,
        serverCpuSeconds: serverAfter - serverBefore,
        peakMb: peakMemoryMb(worker.pid),
        blockedMs: maxMs,
        tableDir,
      };
      await worker.stop();
      context.say('checking what has landed');
      const content = await landedContent(tableDir);
      assertContent('fernlake', content, dataset.content);
      return { ...measured, content };
    } finally {
      await worker.kill();
    }
  } finally {
    await server.stop();
  }
}

export function assertContent(who: string, found: Content, expected: Content): void {
  if (found.rows !== expected.rows || found.sum !== expected.sum)
    throw new Error(
      `${who} landed ${found.rows} rows with the hash ${found.sum}, not ${expected.rows} with ${expected.sum}`,
    );
}

/** Until the ledgers count every record as landed. */
async function untilSealed(lake: string, records: number): Promise<void> {
  const deadlineMs = performance.now() + SEALED_MS_MAX;
  for (;;) {
    const landed = filesUnder(path.join(lake, 'ledger', DATASET), '.json').reduce((sum, file) => {
      const ledger = JSON.parse(readFileSync(file, 'utf8')) as { landed: number };
      return sum + ledger.landed;
    }, 0);
    if (landed >= records) return;
    if (performance.now() > deadlineMs) throw new Error(`only ${landed} of ${records} records are sealed`);
    await sleep(LOOK_MS);
  }
}
