import { EXTRA_PATTERNS } from '../../dataset/extra-fields.js';
import type { Column, RecordForm } from '../../dataset/form.js';
import type { Dialect } from './dialect.js';
import { readableTime } from './readable-time.js';
import { isVerbatim, lines, verbatim } from './sql-case.js';

/** `expression AS name` for every field of the landed row, in its readable form: the inverse of the compaction, in SQL. */
export function readableSelectList(dialect: Dialect, { columns }: RecordForm): string[] {
  return columns.map((column) => {
    if (column.isOptional) return optionalExpression(column, dialect);
    const name = dialect.name(column.name);
    const readable = readableExpression(column, name, dialect);
    return readable === name ? name : `${readable} AS ${name}`;
  });
}

/** As `extraValue` does it for Parquet: what is no such value reads as NULL, and stands in `logs_raw` all the same. */
function optionalExpression({ name, type }: Column, { name: quote, matches, tryNumber }: Dialect): string {
  const column = quote(name);
  if (type === 'boolean')
    return `CASE WHEN ${column} = 'true' THEN TRUE WHEN ${column} = 'false' THEN FALSE END AS ${column}`;
  if (type !== 'integer' && type !== 'number') return column;
  return `CASE WHEN ${matches(column, EXTRA_PATTERNS[type])} THEN ${tryNumber(column, type)} END AS ${column}`;
}

function readableExpression({ codec }: Column, name: string, dialect: Dialect): string {
  switch (codec?.kind) {
    case undefined:
      return name;
    case 'hex':
      return hex(name, dialect);
    case 'time':
      return readableTime(name, dialect);
    case 'dictionary':
      return coded(name, codec.dictionary.texts, dialect);
  }
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
