import { METHODS } from '../../dataset/compaction.js';
import { EXTRA_PATTERNS, type ExtraField } from '../../dataset/extra-fields.js';
import { ROW_SCHEMA, type SchemaField } from '../../dataset/row-schema.js';
import type { UrlDictionary } from '../../dataset/urls.js';
import type { Dialect } from './dialect.js';
import { readableTime } from './readable-time.js';
import { isVerbatim, lines, verbatim } from './sql-case.js';

/** `expression AS name` for every field of the landed row, in its readable form: the inverse of the compaction, in SQL. */
export function readableSelectList(
  dialect: Dialect,
  { urls, fields = [] }: { readonly urls: UrlDictionary; readonly fields?: readonly ExtraField[] },
): string[] {
  const own = ROW_SCHEMA.map((field: SchemaField) => {
    const column = dialect.name(field.name);
    const readable = readableExpression(field, column, dialect, urls);
    return readable === column ? column : `${readable} AS ${column}`;
  });
  return [...own, ...fields.map((field) => addedExpression(field, dialect))];
}

/** As `extraValue` does it for Parquet: what is no such value reads as NULL, and stands in `logs_raw` all the same. */
function addedExpression({ name, type }: ExtraField, { name: quote, matches, tryNumber }: Dialect): string {
  const column = quote(name);
  if (type === 'text') return column;
  if (type === 'boolean')
    return `CASE WHEN ${column} = 'true' THEN TRUE WHEN ${column} = 'false' THEN FALSE END AS ${column}`;
  return `CASE WHEN ${matches(column, EXTRA_PATTERNS[type])} THEN ${tryNumber(column, type)} END AS ${column}`;
}

function readableExpression(
  { compaction }: SchemaField,
  column: string,
  dialect: Dialect,
  urls: UrlDictionary,
): string {
  switch (compaction) {
    case null:
      return column;
    case 'userId':
      return userId(column, dialect);
    case 'time':
      return readableTime(column, dialect);
    case 'method':
      return coded(column, METHODS, dialect);
    case 'url':
      return coded(column, urls.urls, dialect);
  }
}

/** The code of a value is its position + 1. A code that the list does not have reads as NULL. */
function coded(column: string, values: readonly string[], { literal }: Dialect): string {
  const branches = values.map((value, index) => `WHEN ${column} = '${index + 1}' THEN ${literal(value)}`);
  return lines([`CASE WHEN ${isVerbatim(column)} THEN ${verbatim(column)}`, ...branches, 'END']);
}

/** 43 characters are 32 bytes, which are 64 hex digits; 22 are 16 bytes, which are a UUID. */
function userId(column: string, { hexOfBase64url }: Dialect): string {
  const hex = hexOfBase64url(column, '==');
  const uuid = [
    [1, 8],
    [9, 4],
    [13, 4],
    [17, 4],
    [21, 12],
  ].map(([at, length]) => `substr(${hex}, ${at}, ${length})`);
  return lines([
    `CASE WHEN ${isVerbatim(column)} THEN ${verbatim(column)}`,
    `WHEN length(${column}) = 43 THEN ${hexOfBase64url(column, '=')}`,
    `WHEN length(${column}) = 22 THEN ${uuid.join(` || '-' || `)}`,
    'END',
  ]);
}
