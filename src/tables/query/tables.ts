import type { DuckSession } from '../duckdb/session.js';
import {
  duckdbEmpty,
  duckdbReadable,
  duckdbReadJson,
  duckdbReadParquet,
  duckdbTable,
  HIVE_KEYS,
  sqlList,
} from '../engines/duckdb.js';
import type { RecordForm } from '../../dataset/form.js';

/** The files of each kind, as paths on this machine: whole paths, or patterns that match at least one. */
export interface LakeFiles {
  readonly rows: readonly string[];
  /** The rows, and those that wait for their seal. */
  readonly live: readonly string[];
  readonly parquet: readonly string[];
  readonly ledgers: readonly string[];
  readonly quarantine: readonly string[];
}

/** What `fernlake query` lets a query ask, and which files each table needs. */
export const queryTables = (dataset: string): Readonly<Record<string, keyof LakeFiles>> => ({
  [dataset]: 'rows',
  [`${dataset}_raw`]: 'rows',
  [`${dataset}_live`]: 'live',
  [`${dataset}_parquet`]: 'parquet',
  ledger: 'ledgers',
  quarantine: 'quarantine',
});

/** `id`: the type of an id. */
const ledgerColumns = (id: 'BIGINT' | 'VARCHAR'): readonly (readonly [name: string, type: string])[] => [
  ['dataset', 'VARCHAR'],
  ['hour', 'VARCHAR'],
  ['revision', 'BIGINT'],
  ['sealedAt', 'VARCHAR'],
  ['code', 'VARCHAR'],
  ['definition', 'VARCHAR'],
  ['contiguous', 'BOOLEAN'],
  ['seen', 'BIGINT'],
  ['landed', 'BIGINT'],
  ['duplicates', 'BIGINT'],
  ['quarantined', 'MAP(VARCHAR, BIGINT)'],
  ['late', 'BIGINT'],
  ['ids', `STRUCT("first" ${id}, "last" ${id}, missing ${id}[][], missingCount BIGINT)`],
  ['complete', 'DOUBLE'],
  ['object', 'STRUCT("key" VARCHAR, bytes BIGINT, sha256 VARCHAR, etag VARCHAR, "rows" BIGINT)'],
  ['parquet', 'STRUCT("key" VARCHAR, bytes BIGINT, sha256 VARCHAR, etag VARCHAR, "rows" BIGINT)'],
  ['sizes', 'STRUCT(json BIGINT, compact BIGINT, gzip BIGINT)'],
  ['keys', 'MAP(VARCHAR, BIGINT)'],
  ['raw', 'VARCHAR[]'],
];

const QUARANTINE_COLUMNS = [
  ['reason', 'VARCHAR'],
  ['detail', 'VARCHAR'],
  ['raw', 'VARCHAR'],
  ['index', 'BIGINT'],
  ['envelope', 'JSON'],
] as const;

/** `logs` (readable), `logs_raw` (as landed), `logs_live`, `logs_parquet` for the dataset `logs`, `ledger` and `quarantine`; empty where there are no files. */
export async function createTables(
  session: DuckSession,
  files: LakeFiles,
  dataset: string,
  form: RecordForm,
): Promise<void> {
  const [raw, live, parquet] = [`${dataset}_raw`, `${dataset}_live`, `${dataset}_parquet`];
  const idType = form.byName.get(form.idColumn)?.type === 'text' ? 'VARCHAR' : 'BIGINT';
  const sql = [
    rowsTable(raw, files.rows, form),
    duckdbReadable(form, dataset, raw),
    rowsTable(`${live}_raw`, files.live, form),
    duckdbReadable(form, live, `${live}_raw`),
    files.parquet.length > 0
      ? duckdbTable(parquet, duckdbReadParquet(sqlList(files.parquet), form))
      : duckdbEmpty(parquet, 'parquet', form),
    jsonTable('ledger', ledgerColumns(idType), files.ledgers, "format = 'unstructured'"),
    jsonTable(
      'quarantine',
      QUARANTINE_COLUMNS,
      files.quarantine,
      `format = 'newline_delimited', compression = 'gzip', ${HIVE_KEYS}`,
    ),
  ];
  await session.run(sql.join('\n'));
}

const rowsTable = (name: string, files: readonly string[], form: RecordForm): string =>
  files.length > 0
    ? duckdbTable(name, duckdbReadJson(sqlList(files), form))
    : duckdbEmpty(name, 'ndjson', form);

function jsonTable(
  name: string,
  columns: readonly (readonly [name: string, type: string])[],
  files: readonly string[],
  options: string,
): string {
  if (files.length === 0) {
    const list = columns.map(([column, type]) => `"${column}" ${type}`);
    return `CREATE TABLE "${name}" (${list.join(', ')});`;
  }
  const list = columns.map(([column, type]) => `"${column}": '${type}'`);
  return duckdbTable(name, `read_json(${sqlList(files)}, ${options}, columns = {${list.join(', ')}})`);
}
