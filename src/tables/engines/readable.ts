import type { Column, RecordForm } from '../../dataset/form.js';
import { isJsonText, NUMBER_PATTERNS } from '../../dataset/table-value.js';
import { type ColumnType, readableColumns, typeName } from './columns.js';
import type { Dialect } from './dialect.js';
import { eventTime } from './event-time.js';
import { isInstantInView } from './instant-in-view.js';
import { isVerbatim, lines, verbatim } from './sql-case.js';

/** `expression AS name` for every column of the landed row, in its readable form: the inverse of the compaction, in SQL. */
export function readableSelectList(dialect: Dialect, form: RecordForm): string[] {
  const types = readableColumns(form);
  return form.columns.map((column, at) => {
    const name = dialect.name(column.name);
    const readable = readableExpression(column, types[at]?.type ?? 'text', dialect, form);
    return readable === name ? name : `${readable} AS ${name}`;
  });
}

function readableExpression(column: Column, type: ColumnType, dialect: Dialect, form: RecordForm): string {
  const name = dialect.name(column.name);
  if (isInstantInView(column, form)) return eventTime(column, name, dialect, form);
  if (column.members) return structExpression(name, column.members, type, dialect);
  switch (column.codec?.kind) {
    case 'hex':
      return hex(name, dialect);
    case 'time':
      return timeText(name);
    case 'dictionary':
      return coded(name, column.codec.dictionary.texts, dialect);
    case undefined:
      return column.isOptional ? scalarExpression(column, name, dialect) : name;
  }
}

/** The landed table has each member as text; where all are text the struct is as it should be. */
function structExpression(
  sql: string,
  members: readonly Column[],
  type: ColumnType,
  dialect: Dialect,
): string {
  if (typeof type === 'string' || isAllText(members)) return sql;
  const values = members.map((member, at) => {
    const value = dialect.member(sql, member.name);
    const inner = member.members
      ? structExpression(value, member.members, type[at]?.type ?? 'text', dialect)
      : scalarExpression(member, value, dialect);
    return [member.name, inner] as const;
  });
  return `CASE WHEN ${sql} IS NOT NULL THEN ${dialect.struct(values, typeName(type, dialect.types))} END`;
}

const isAllText = (members: readonly Column[]): boolean =>
  members.every((member) =>
    member.members ? isAllText(member.members) : member.type === 'text' || isJsonText(member),
  );

/** As `tableValue` does it for Parquet: what is no such value reads as NULL, and stands in the landed table all the same. */
function scalarExpression({ type }: Column, sql: string, { matches, tryNumber }: Dialect): string {
  if (type === 'boolean') return `CASE WHEN ${sql} = 'true' THEN TRUE WHEN ${sql} = 'false' THEN FALSE END`;
  if (type !== 'integer' && type !== 'number') return sql;
  return `CASE WHEN ${matches(sql, NUMBER_PATTERNS[type])} THEN ${tryNumber(sql, type)} END`;
}

/** A time that is not the event's stays the text that it was: nobody has looked whether it is one. */
function timeText(column: string): string {
  const at = (place: number, length: number): string => `substr(${column}, ${place}, ${length})`;
  const text = `'20' || ${at(1, 2)} || '-' || ${at(3, 2)} || '-' || ${at(5, 2)} || 'T' || ${at(7, 2)} || ':' || ${at(9, 2)} || ':' || ${at(11, 2)} || '.' || ${at(13, 3)} || 'Z'`;
  return lines([
    `CASE WHEN ${isVerbatim(column)} THEN ${verbatim(column)}`,
    `WHEN ${column} IS NOT NULL THEN ${text}`,
    'END',
  ]);
}

/** The code of a value is its position + 1. A code that the list does not have reads as NULL. */
function coded(column: string, values: readonly string[], { literal }: Dialect): string {
  const branches = values.map((value, index) => `WHEN ${column} = '${index + 1}' THEN ${literal(value)}`);
  return lines([`CASE WHEN ${isVerbatim(column)} THEN ${verbatim(column)}`, ...branches, 'END']);
}

/** 43 characters are 32 bytes, which are 64 hex digits; 22 are 16 bytes, which are a UUID. */
function hex(column: string, { hexOfBase64url }: Dialect): string {
  const digits = hexOfBase64url(column, '==');
  const uuid = [
    [1, 8],
    [9, 4],
    [13, 4],
    [17, 4],
    [21, 12],
  ].map(([at, length]) => `substr(${digits}, ${at}, ${length})`);
  return lines([
    `CASE WHEN ${isVerbatim(column)} THEN ${verbatim(column)}`,
    `WHEN length(${column}) = 43 THEN ${hexOfBase64url(column, '=')}`,
    `WHEN length(${column}) = 22 THEN ${uuid.join(` || '-' || `)}`,
    'END',
  ]);
}
