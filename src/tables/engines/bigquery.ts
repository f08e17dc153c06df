import {
  type Column,
  columnsOf,
  type ColumnType,
  PARTITION_COLUMNS,
  typeName,
  type TypeNames,
} from './columns.js';
import { type DdlInput, type TableFormat, tableLocation, tableNames } from './ddl.js';
import { BIGQUERY_NAMES, leftOutComment, namable } from './names.js';
import type { Dialect } from './dialect.js';
import { readableSelectList } from './readable.js';

const quote = (name: string): string => `\`${name}\``;
const literal = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

export const TYPES: TypeNames = {
  text: 'STRING',
  integer: 'INT64',
  number: 'FLOAT64',
  boolean: 'BOOL',
  timestamp: 'TIMESTAMP',
  json: 'JSON',
  struct: (members) => `STRUCT<${members.map(([name, type]) => `${quote(name)} ${type}`).join(', ')}>`,
};

const DIALECT: Dialect = {
  types: TYPES,
  name: quote,
  literal,
  hexOfBase64url: (sql, padding) =>
    `TO_HEX(FROM_BASE64(REPLACE(REPLACE(${sql}, '-', '+'), '_', '/') || '${padding}'))`,
  timestamp: (sql) => `TIMESTAMP(${sql} || '+00:00')`,
  fromEpochMs: (sql) => `TIMESTAMP_MILLIS(${sql})`,
  whole: (sql) => `CAST(${sql} AS INT64)`,
  member: (column, member) => `${column}.${quote(member)}`,
  struct: (members) => `STRUCT(${members.map(([name, sql]) => `${sql} AS ${quote(name)}`).join(', ')})`,
  minusMinutes: (timestamp, minutes) => `TIMESTAMP_SUB(${timestamp}, INTERVAL (${minutes}) MINUTE)`,
  integer: (sql) => `CAST(${sql} AS INT64)`,
  matches: (sql, pattern) => `REGEXP_CONTAINS(${sql}, '${pattern}')`,
  tryNumber: (sql, type) => `SAFE_CAST(${sql} AS ${TYPES[type]})`,
};

/**
 * External tables and the view. The keys of the partitions are typed by hand: left to itself (AUTO), BigQuery trips over
 * their padding. `hive_partition_uri_prefix` wants the bare prefix here, and the typed keys in the `bq` command.
 */
export function bigqueryDdl(declared: DdlInput): string {
  const { form, leftOut } = namable(declared.form, BIGQUERY_NAMES);
  const input = { ...declared, form };
  const names = tableNames(input.dataset);
  const statements = [`CREATE SCHEMA IF NOT EXISTS ${quote(input.database)};\n`];
  for (const format of input.formats) statements.push(externalTable(input, format));
  if (input.formats.includes('ndjson')) {
    const list = [
      ...readableSelectList(DIALECT, input.form),
      ...PARTITION_COLUMNS.map(({ name }) => quote(name)),
    ];
    statements.push(
      `CREATE OR REPLACE VIEW ${quote(input.database)}.${quote(names.readable)} AS\n  SELECT\n    ${list.join(',\n    ')}\n  FROM ${quote(input.database)}.${quote(names.ndjson)};\n`,
    );
  }
  statements.push(...input.formats.map((format) => comment(loadCommand(input, format))));
  return leftOutComment(leftOut) + statements.join('\n');
}

const FORMATS: Readonly<
  Record<TableFormat, { readonly format: string; readonly options: readonly string[] }>
> = {
  ndjson: {
    format: 'NEWLINE_DELIMITED_JSON',
    // A field that nobody declared yet must not fail the query; a line that cannot be read must.
    options: ["compression = 'GZIP'", 'ignore_unknown_values = true', 'max_bad_records = 0'],
  },
  parquet: { format: 'PARQUET', options: [] },
};

function externalTable(input: DdlInput, format: TableFormat): string {
  const location = tableLocation(input, format);
  const columns = columnsOf(format, input.form).map(
    ({ name, type, meaning }) =>
      `${quote(name)} ${typeName(type, TYPES)} OPTIONS (description = ${literal(meaning)})`,
  );
  return [
    `CREATE OR REPLACE EXTERNAL TABLE ${quote(input.database)}.${quote(tableNames(input.dataset)[format])} (`,
    `  ${columns.join(',\n  ')}`,
    ')',
    `WITH PARTITION COLUMNS (${PARTITION_COLUMNS.map(({ name }) => `${quote(name)} INT64`).join(', ')})`,
    `OPTIONS (\n  ${[
      `format = '${FORMATS[format].format}'`,
      `uris = [${literal(`${location}/*`)}]`,
      `hive_partition_uri_prefix = ${literal(location)}`,
      ...FORMATS[format].options,
    ].join(',\n  ')}\n);\n`,
  ].join('\n');
}

/** `{year:INTEGER}/…`: the keys' names and types, as `bq` takes them. */
export const bigqueryPartitionKeys = (): string =>
  PARTITION_COLUMNS.map(({ name }) => `{${name}:INTEGER}`).join('/');

/** Copies the rows into a native table, keys included, in place of reading them where they lie. */
function loadCommand(input: DdlInput, format: TableFormat): string {
  const location = tableLocation(input, format);
  const schema = JSON.stringify(columnsOf(format, input.form).map((column) => schemaField(column)));
  return [
    `To load the rows instead of reading them where they lie, with the schema in a file:`,
    `cat > ${tableNames(input.dataset)[format]}.schema.json <<'EOF'`,
    schema,
    'EOF',
    [
      `bq load --replace --source_format=${FORMATS[format].format}`,
      ...(format === 'ndjson' ? ['--ignore_unknown_values'] : []),
      '--hive_partitioning_mode=CUSTOM',
      `--hive_partitioning_source_uri_prefix='${location}/${bigqueryPartitionKeys()}'`,
      `'${input.database}.${tableNames(input.dataset)[format]}_loaded'`,
      `'${location}/*'`,
      `${tableNames(input.dataset)[format]}.schema.json`,
    ].join(' '),
  ].join('\n');
}

interface SchemaField {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly fields?: readonly SchemaField[];
}

function schemaField({ name, type, meaning }: Column): SchemaField {
  const field = { name, type: loadType(type), description: meaning };
  return typeof type === 'string' ? field : { ...field, fields: type.map(schemaField) };
}

/** What a schema file calls them. */
const LOAD_TYPES = {
  text: 'STRING',
  integer: 'INTEGER',
  number: 'FLOAT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  json: 'JSON',
} as const;

const loadType = (type: ColumnType): string => {
  if (typeof type !== 'string') return 'RECORD';
  return LOAD_TYPES[type];
};

const comment = (text: string): string => `/*\n${text}\n*/\n`;
