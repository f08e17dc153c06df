import { setTimeout as sleep } from 'node:timers/promises';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import type { Bench, BenchContext, BenchOutcome } from '../support/bench.js';
import { type Live, runLive } from '../support/live-run.js';
import { PeerMissing } from '../support/peers.js';
import { benchDevServer } from '../support/temporal.js';
import { grouped } from '../support/turns.js';
import { DIARY_RATE } from './live-report.js';
import { type LandedRow, type Product, PRODUCTS } from './products-peers.js';

/** Ten minutes of the diary's source in one, and a scheduler that starts its job every minute, which is now 6 s. */
const FACTOR = 10;
const MINUTE_MS = 60_000 / FACTOR;
const SECONDS = 60;
const LAST_WORDS_CHARACTERS = 300;
const SOURCE = { rate: DIARY_RATE * FACTOR, seed: 8, window: 100, history: 100 } as const;

interface Landed {
  readonly runs: number;
  readonly failed: number;
  /** The end of what the last run said. */
  readonly lastWords: string;
  readonly rows: number;
  readonly ids: number;
  readonly missing: number;
  readonly readable: string;
  readonly cpuSeconds: number;
}

/** Products that do the whole job, each set up as its documentation has it, on the same records as fernlake. */
export const products: Bench = {
  name: 'products',
  title: 'Whole products on the same API',
  minutes: 3,
  run: measure,
};

async function measure(context: BenchContext): Promise<BenchOutcome> {
  const { quick, say } = context;
  const seconds = quick ? 2 : SECONDS;
  const temporal = await benchDevServer(context);
  const missing: string[] = [];
  const ready: [Product, (server: SourceServer) => Promise<Landed>][] = [];
  for (const product of quick ? [] : PRODUCTS) {
    try {
      const job = await product.install(context);
      ready.push([product, (server) => everyMinute(job, server, seconds)]);
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error;
      missing.push(`${product.name} is missing: ${error.message}`);
    }
  }
  say(`${['fernlake', ...ready.map(([{ name }]) => name)].join(', ')}: side by side for ${seconds} s`);
  const ours = runLive({
    temporal,
    seconds,
    source: { ...SOURCE, startMs: Date.now() },
    env: { FERNLAKE_SLOT: '30s', FERNLAKE_POLL_MIN: '200ms', FERNLAKE_LATENESS: '5m', FERNLAKE_IDLE: '5m' },
  });
  const server = await createSourceServer(SOURCE);
  context.onEnd(() => server.close());
  const [mine, ...theirs] = await Promise.all([ours, ...ready.map(([, run]) => run(server))]);
  ready.forEach(([{ name }], i) => assertLanded(name, theirs[i]!));
  return report(
    mine,
    ready.map(([{ name }], i) => [name, theirs[i]!] as const),
    missing,
  );
}

/** A product that lands nothing misses nothing by its own ids, and would look best of all. */
function assertLanded(name: string, { ids, runs, failed, lastWords }: Landed): void {
  if (ids > 0) return;
  throw new Error(
    `${name} landed nothing in ${runs} runs, of which ${failed} failed: its set-up here is wrong. ` +
      `It said at last: ${lastWords || 'nothing'}`,
  );
}

/** As cron does it: started every minute, unless the last one still runs. */
async function everyMinute(
  job: Awaited<ReturnType<Product['install']>>,
  server: SourceServer,
  seconds: number,
): Promise<Landed> {
  const startMs = performance.now();
  const found = { runs: 0, failed: 0, cpuSeconds: 0, lastWords: '' };
  for (let tick = 0; tick * MINUTE_MS < seconds * 1_000;) {
    const { cpuSeconds, code, stderr } = await job.run(server.url);
    found.runs += 1;
    found.failed += code === 0 ? 0 : 1;
    // Of each run: a pipe may fail and end with 0.
    found.lastWords = stderr.trimEnd().slice(-LAST_WORDS_CHARACTERS);
    found.cpuSeconds += cpuSeconds;
    tick = Math.ceil((performance.now() - startMs) / MINUTE_MS);
    await sleep(Math.max(0, startMs + tick * MINUTE_MS - performance.now()));
  }
  const rows = await job.landed();
  const ids = new Set(rows.map(({ id }) => id));
  const range = ids.size === 0 ? 0 : Math.max(...ids) - Math.min(...ids) + 1;
  return {
    ...found,
    rows: rows.length,
    ids: ids.size,
    missing: range - ids.size,
    readable: readable(rows, server),
  };
}

/** Whether the rows hold what the records held. */
function readable(rows: readonly LandedRow[], server: SourceServer): string {
  if (rows.every(({ content }) => content === undefined)) return 'no: tokens, as they came';
  const wrong = rows.filter(({ id, content }) => {
    const { record } = server.generatedRecord(id);
    const { user_id, activity, url, method, name, inDate, detail } = record;
    return (
      content !== [user_id, activity, url, method, name, inDate, detail.message, detail.levelname].join('|')
    );
  });
  return wrong.length === 0 ? 'yes, all' : `${wrong.length} rows differ`;
}

function report(
  mine: Live,
  theirs: readonly (readonly [string, Landed])[],
  missing: readonly string[],
): BenchOutcome {
  const perThousand = (cpu: number, ids: number): string => ((cpu / ids) * 1_000).toFixed(2);
  const cpu = mine.cpuShare * mine.elapsedSec;
  const withServer = cpu + (mine.serverCpuShare ?? 0) * mine.elapsedSec;
  return {
    tables: [
      {
        title: `${DIARY_RATE} records a second for ten minutes (ten times as fast), a window of 100`,
        columns: [
          '',
          'runs or polls',
          'ids landed',
          'ids missing',
          'rows too many',
          'record in the clear',
          'CPU s per 1,000 records',
        ],
        rows: [
          [
            'fernlake (its worker; with the Temporal dev server)',
            mine.polls,
            grouped(mine.carried),
            grouped(mine.missing),
            0,
            'yes (content: checked in `sealed`)',
            `${perThousand(cpu, mine.carried)}; ${perThousand(withServer, mine.carried)}`,
          ],
          ...theirs.map(([name, { runs, failed, ids, missing: gone, rows, readable: clear, cpuSeconds }]) => [
            name,
            failed > 0 ? `${runs}, ${failed} failed` : runs,
            grouped(ids),
            grouped(gone),
            grouped(rows - ids),
            clear,
            perThousand(cpuSeconds, ids),
          ]),
        ],
      },
    ],
    notes: [
      'Each product runs as its documentation has it: a job that a scheduler starts once a minute, the finest that cron knows ' +
        '(here every 6 s), with an incremental cursor on `recordId` and its state kept from run to run. dlt: `rest_api` source, ' +
        'a `map` step that decrypts, filesystem destination. Singer: tap-rest-api-msdk, a mapper that decrypts, target-jsonl, state ' +
        'by `--state`. faucet-cli: REST source, JSONL sink, file state; it has no step that could decrypt. The predecessor polled ' +
        'every five minutes, and lost 78.6 %; so would these. None of them partitions by the hour of the event, seals, or can say ' +
        'what is missing: the ids missing were counted by this bench. All ran side by side; the API made the same records for all.',
      ...missing,
      'Not tried: sling (its package on PyPI downloads its program from elsewhere at the first run), Airbyte (its connectors are ' +
        'container images), Redpanda Connect (its licence), Vector (no package in these registries).',
    ],
    headlines: [
      {
        what: 'ids missing, 1.68 records/s for ten minutes',
        value: grouped(mine.missing),
        ...(theirs.length > 0
          ? {
              against: theirs
                .map(([name, { missing: gone }]) => `${name.split(' ')[0]} every minute: ${grouped(gone)}`)
                .join('; '),
            }
          : {}),
      },
    ],
  };
}
