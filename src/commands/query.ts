import { LIMITS } from '../limits.js';
import { type Command, Option } from 'commander';
import { type Choice, type Config, readConfig } from '../config/config.js';
import { FernlakeError, messageOf } from '../errors.js';
import { type DuckSession, openDuckdb, type Rows } from '../tables/duckdb/session.js';
import { localFiles } from '../tables/query/files.js';
import { printRows, type RowFormat } from '../tables/query/print.js';
import { createTables, type LakeFiles, queryTables } from '../tables/query/tables.js';
import { formsToRead, openLake } from './lake.js';
import { outAsIs } from './output.js';
import { type Progress, showProgress } from './progress.js';
import { bytes } from '../figures.js';
import { rangeOf } from './sealed-hours.js';

interface QueryOptions extends Choice {
  readonly from?: string;
  readonly to?: string;
  readonly format: RowFormat;
}

const PROGRESS_EVERY_MS = 500;

export function registerQuery(program: Command): void {
  program
    .command('query')
    .description('ask the lake in SQL: DuckDB over its files, on this machine')
    .argument('<sql>', 'such as "select activity, count(*) from logs group by all"')
    .option('--from <hour>', 'only hours from this one on (2023-04-20T13, or a day, month, year)')
    .option('--to <hour>', 'only hours up to this one')
    .addOption(
      new Option('--format <form>', 'of the result').choices(['table', 'csv', 'json']).default('table'),
    )
    .addHelpText('after', TABLES)
    .action(async (sql: string, options: QueryOptions) => {
      for (const line of printRows(
        await query(sql, options, readConfig({ sample: true, choice: options })),
        options.format,
      )) {
        outAsIs(line);
      }
    });
}

const TABLES = `
Tables, of the dataset logs (another has its own name in front):
  logs          the landed rows, readable: what was compacted as it came, the time of the event as a timestamp
  logs_raw      the same rows as they landed, compact
  logs_live     the landed rows, and those that wait for their hour's seal: each record once, up to the last minute
  logs_parquet  the same rows from Parquet (FERNLAKE_FORMATS=ndjson,parquet)
  ledger        what is known of each sealed hour: seen, landed, duplicates, ids.missing, sizes …
  quarantine    what could not land, with the reason; year, month, day and hour are those of the arrival
The rows have year, month, day and hour (UTC): a filter on them decides which files are opened. From a bucket the files
of the hours between --from and --to are fetched first.
`;

async function query(sql: string, options: QueryOptions, config: Config): Promise<Rows> {
  const session = await openDuckdb({ memoryBytesMax: 4 * LIMITS.queryResultBytesMax });
  const progress = showProgress();
  try {
    const storage = await openLake(config);
    const { tables, formOfHour } = await formsToRead(storage, config);
    const local = await localFiles({
      ...{ storage, formOfHour },
      dataset: config.dataset,
      kinds: kindsIn(session.tableNames(sql), config.dataset),
      ...rangeOf(options),
      onProgress: (fetched, of, size) =>
        progress.tell(() => `fetched ${fetched} of ${of} objects, ${bytes(size)}`),
    });
    try {
      await createTables(session, local.files, config.dataset, tables);
      return await runWithProgress(session, sql, progress);
    } finally {
      progress.end();
      await local.close();
    }
  } finally {
    session.close();
  }
}

/** Only what the query reads is listed, and fetched; everything, where that cannot be told. */
function kindsIn(tables: readonly string[] | undefined, dataset: string): ReadonlySet<keyof LakeFiles> {
  const known = queryTables(dataset);
  const all = Object.values(known);
  if (!tables || tables.length === 0) return new Set(all);
  return new Set(tables.flatMap((table) => known[table.toLowerCase()] ?? []));
}

async function runWithProgress(session: DuckSession, sql: string, progress: Progress): Promise<Rows> {
  const timer = setInterval(() => {
    const done = session.progress();
    progress.tell(() => (done === undefined ? 'running' : `running, ${Math.round(done * 100)} %`));
  }, PROGRESS_EVERY_MS);
  try {
    return await session.rows(sql, LIMITS.queryResultBytesMax);
  } catch (error) {
    throw new FernlakeError('Configuration', 'terminal', `the query failed: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    clearInterval(timer);
  }
}
