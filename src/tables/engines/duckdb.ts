import { literal, quoted } from '../duckdb/sql.js';
import {
  type Column,
  columnsOf,
  landedColumns,
  PARTITION_COLUMNS,
  typeName,
  type TypeNames,
} from './columns.js';
import { type DdlInput, tableLocation, tableNames, type TableFormat } from './ddl.js';
import type { RecordForm } from '../../dataset/form.js';
import type { Dialect } from './dialect.js';
import { readableSelectList } from './readable.js';

export const TYPES: TypeNames = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP_MS',
  json: 'JSON',
  struct: (members) => `STRUCT(${members.map(([name, type]) => `${quoted(name)} ${type}`).join(', ')})`,
};

const DIALECT: Dialect = {
  types: TYPES,
  name: quoted,
  literal,
  hexOfBase64url: (sql, padding) =>
    `lower(hex(from_base64(replace(replace(${sql}, '-', '+'), '_', '/') || '${padding}')))`,
  timestamp: (sql) => `CAST(${sql} AS TIMESTAMP_MS)`,
  fromEpochMs: (sql) => `CAST(epoch_ms(${sql}) AS TIMESTAMP_MS)`,
  whole: (sql) => `CAST(${sql} AS BIGINT)`,
  // By name, since `"a"."b"` could also be a column of a table.
  member: (column, member) => `struct_extract(${column}, ${literal(member)})`,
  struct: (members) => `struct_pack(${members.map(([name, sql]) => `${quoted(name)} := ${sql}`).join(', ')})`,
  minusMinutes: (timestamp, minutes) => `CAST(${timestamp} - to_minutes(${minutes}) AS TIMESTAMP_MS)`,
  integer: (sql) => `CAST(${sql} AS INTEGER)`,
  matches: (sql, pattern) => `regexp_matches(${sql}, '${pattern}')`,
  tryNumber: (sql, type) => `TRY_CAST(${sql} AS ${TYPES[type]})`,
};

/** Views over the files: nothing is copied, and a filter on year, month, day and hour decides which files are opened. */
export function duckdbDdl(input: DdlInput): string {
  const names = tableNames(input.dataset);
  const statements: string[] = [];
  if (input.formats.includes('ndjson')) {
    const glob = `${tableLocation(input, 'ndjson')}/year=*/month=*/day=*/hour=*/*.json.gz`;
    statements.push(
      duckdbTable(names.ndjson, duckdbReadJson(literal(glob), input.form)),
      duckdbReadable(input.form, names.readable, names.ndjson),
    );
  }
  if (input.formats.includes('parquet')) {
    const glob = `${tableLocation(input, 'parquet')}/year=*/month=*/day=*/hour=*/*.parquet`;
    statements.push(duckdbTable(names.parquet, duckdbReadParquet(literal(glob), input.form)));
  }
  return statements.join('\n');
}

export const duckdbTable = (name: string, from: string): string =>
  `CREATE OR REPLACE VIEW ${quoted(name)} AS\n  SELECT * FROM ${from};\n`;

/** Without declared types DuckDB reads `hour=03` as text and `day=18` as a number. */
export const HIVE_KEYS = `hive_partitioning = true,\n    hive_types = {${PARTITION_COLUMNS.map(({ name }) => `${quoted(name)}: INTEGER`).join(', ')}}`;

/** `files`: an SQL expression, a path or a list of paths. */
export function duckdbReadJson(files: string, form: RecordForm): string {
  return `read_json(\n    ${files},\n    format = 'newline_delimited',\n    compression = 'gzip',\n    columns = {${structOf(landedColumns(form))}},\n    ${HIVE_KEYS}\n  )`;
}

/** Files of before a field was added lack its column: it reads as NULL there. Else no file is opened for its columns alone. */
export function duckdbReadParquet(files: string, { optional }: RecordForm): string {
  const union = optional.length > 0 ? '\n    union_by_name = true,' : '';
  return `read_parquet(\n    ${files},${union}\n    ${HIVE_KEYS}\n  )`;
}

/** The view that undoes the compaction of the table `from`. */
export function duckdbReadable(form: RecordForm, view: string, from: string): string {
  const list = [...readableSelectList(DIALECT, form), ...PARTITION_COLUMNS.map(({ name }) => quoted(name))];
  return `CREATE OR REPLACE VIEW ${quoted(view)} AS\n  SELECT\n    ${list.join(',\n    ')}\n  FROM ${quoted(from)};\n`;
}

/** A list of texts, as an expression. */
export const sqlList = (texts: readonly string[]): string => `[${texts.map(literal).join(', ')}]`;

/** `name: 'TYPE', …` as the readers of DuckDB take them. */
function structOf(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `${quoted(name)}: ${literal(typeName(type, TYPES))}`).join(', ');
}

/** An empty table of this shape, for a lake without rows: a reader without a file to read is an error. */
export function duckdbEmpty(name: string, format: TableFormat, form: RecordForm): string {
  const list = [
    ...columnsOf(format, form).map((column) => `${quoted(column.name)} ${typeName(column.type, TYPES)}`),
    ...PARTITION_COLUMNS.map((column) => `${quoted(column.name)} INTEGER`),
  ];
  return `CREATE OR REPLACE TABLE ${quoted(name)} (${list.join(', ')});\n`;
}
