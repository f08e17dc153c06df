import { type Column, readableColumns, typeName, type TypeNames } from './columns.js';
import { type DdlInput, partitionColumns } from './ddl.js';
import type { Dialect } from './dialect.js';
import { readableSelectList } from './readable.js';

/** Trino, Athena and what the Glue catalogue keeps for them know names in lower case only; values keep theirs. */
export const trinoName = (name: string): string => `"${name.toLowerCase().replaceAll('"', '""')}"`;
export const trinoLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const TRINO_TYPES: TypeNames = {
  text: 'varchar',
  integer: 'bigint',
  number: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp(3)',
  json: 'varchar',
  struct: (members) => `row(${members.map(([name, type]) => `${trinoName(name)} ${type}`).join(', ')})`,
};

const DIALECT: Dialect = {
  types: TRINO_TYPES,
  name: trinoName,
  literal: trinoLiteral,
  hexOfBase64url: (sql, padding) => `lower(to_hex(from_base64url(${sql} || '${padding}')))`,
  timestamp: (sql) => `CAST(${sql} AS timestamp(3))`,
  fromEpochMs: (sql) => `date_add('millisecond', ${sql}, TIMESTAMP '1970-01-01 00:00:00.000')`,
  whole: (sql) => `CAST(${sql} AS bigint)`,
  member: (column, member) => `${column}.${trinoName(member)}`,
  struct: (members, type) => `CAST(ROW(${members.map(([, sql]) => sql).join(', ')}) AS ${type})`,
  minusMinutes: (timestamp, minutes) => `date_add('minute', -(${minutes}), ${timestamp})`,
  integer: (sql) => `CAST(${sql} AS integer)`,
  matches: (sql, pattern) => `regexp_like(${sql}, '${pattern}')`,
  tryNumber: (sql, type) => `try_cast(${sql} AS ${TRINO_TYPES[type]})`,
};

/** Years and hours are plain integers, not the 64 bits of an id. */
export const trinoKeyType = ({ type }: Column): string => (type === 'text' ? 'varchar' : 'integer');

/** The view's query, for a table of the given, quoted name. */
export function trinoReadableQuery(input: DdlInput, table: string): string {
  const list = [
    ...readableSelectList(DIALECT, input.form),
    ...partitionColumns(input).map(({ name }) => trinoName(name)),
  ];
  return `SELECT\n    ${list.join(',\n    ')}\n  FROM ${table}`;
}

export interface ViewColumn {
  readonly name: string;
  readonly trinoType: string;
  readonly column: Column;
}

/** What the view gives, in order. */
export function trinoReadableColumns(input: DdlInput): ViewColumn[] {
  const named = (column: Column, trinoType: string): ViewColumn => ({
    name: column.name.toLowerCase(),
    trinoType,
    column,
  });
  return [
    ...readableColumns(input.form).map((column) => named(column, typeName(column.type, TRINO_TYPES))),
    ...partitionColumns(input).map((column) => named(column, trinoKeyType(column))),
  ];
}
