import { columnsOf, PARTITION_COLUMNS, typeName, type TypeNames } from './columns.js';
import {
  type DdlInput,
  hourLocation,
  partitionValues,
  tableLocation,
  tableNames,
  type TableFormat,
} from './ddl.js';
import type { Dialect } from './dialect.js';
import { readableSelectList } from './readable.js';

const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** Spark reads backslashes in literals as escapes. */
const literal = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;

export const TYPES: TypeNames = {
  text: 'STRING',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
  json: 'STRING',
  struct: (members) => `STRUCT<${members.map(([name, type]) => `${quote(name)}: ${type}`).join(', ')}>`,
};

const DIALECT: Dialect = {
  types: TYPES,
  name: quote,
  literal,
  hexOfBase64url: (sql, padding) => `lower(hex(unbase64(translate(${sql}, '-_', '+/') || '${padding}')))`,
  // With its zone in the text, the instant is right in whatever zone the session shows it.
  timestamp: (sql) => `CAST(${sql} || 'Z' AS TIMESTAMP)`,
  fromEpochMs: (sql) => `timestamp_millis(${sql})`,
  whole: (sql) => `CAST(${sql} AS BIGINT)`,
  member: (column, member) => `${column}.${quote(member)}`,
  struct: (members) => `named_struct(${members.map(([name, sql]) => `${literal(name)}, ${sql}`).join(', ')})`,
  minusMinutes: (timestamp, minutes) => `timestampadd(MINUTE, -(${minutes}), ${timestamp})`,
  integer: (sql) => `CAST(${sql} AS INT)`,
  matches: (sql, pattern) => `regexp_like(${sql}, '${pattern}')`,
  tryNumber: (sql, type) => `try_cast(${sql} AS ${TYPES[type]})`,
};

export function sparkDdl(input: DdlInput): string {
  const database = quote(input.database);
  const names = tableNames(input.dataset);
  const statements = [`CREATE DATABASE IF NOT EXISTS ${database};\n`];
  for (const format of input.formats) statements.push(...table(input, format));
  if (input.formats.includes('ndjson')) {
    const list = [
      ...readableSelectList(DIALECT, input.form),
      ...PARTITION_COLUMNS.map(({ name }) => quote(name)),
    ];
    statements.push(
      `CREATE OR REPLACE VIEW ${database}.${quote(names.readable)} AS\n  SELECT\n    ${list.join(',\n    ')}\n  FROM ${database}.${quote(names.ndjson)};\n`,
    );
  }
  return statements.join('\n');
}

function table(input: DdlInput, format: TableFormat): string[] {
  const list = [
    ...columnsOf(format, input.form).map(
      ({ name, type, meaning }) => `${quote(name)} ${typeName(type, TYPES)} COMMENT ${literal(meaning)}`,
    ),
    ...PARTITION_COLUMNS.map(({ name, meaning }) => `${quote(name)} INT COMMENT ${literal(meaning)}`),
  ];
  const name = `${quote(input.database)}.${quote(tableNames(input.dataset)[format])}`;
  // FAILFAST: a line that cannot be read fails the query. The default makes NULLs of it, in silence.
  const options =
    format === 'ndjson'
      ? "USING json\nOPTIONS (mode 'FAILFAST', compression 'gzip', lineSep '\\n')"
      : 'USING parquet';
  return [
    `CREATE TABLE IF NOT EXISTS ${name} (\n  ${list.join(',\n  ')}\n)\n${options}\nPARTITIONED BY (${PARTITION_COLUMNS.map((column) => quote(column.name)).join(', ')})\nLOCATION ${literal(`${tableLocation(input, format)}/`)};\n`,
    ...partitions(input, format, name),
  ];
}

/** A catalogue knows only the hours that it was told of: all that are there now, or those that the ledgers name. */
function partitions(input: DdlInput, format: TableFormat, name: string): string[] {
  if (input.partitions !== 'explicit') return [`MSCK REPAIR TABLE ${name};\n`];
  return input.hours.map((hour) => {
    const spec = partitionValues(hour).map(([key, value]) => `${quote(key)} = ${value}`);
    return `ALTER TABLE ${name} ADD IF NOT EXISTS PARTITION (${spec.join(', ')}) LOCATION ${literal(hourLocation(input, format, hour))};\n`;
  });
}
