import { METHODS } from '../../dataset/compaction.js';
import { EXTRA_PATTERNS, type ExtraField } from '../../dataset/extra-fields.js';
import { ROW_SCHEMA, type SchemaField } from '../../dataset/row-schema.js';
import type { UrlDictionary } from '../../dataset/urls.js';

/** What SQL dialects do not share. `substr`, `||`, `CASE`, `regexp_replace` and `length` they all read alike. */
export interface Dialect {
  readonly name: (identifier: string) => string;
  readonly literal: (text: string) => string;
  /** Lower-case hex digits of what unpadded base64url stands for; `padding` completes it to a multiple of four. */
  readonly hexOfBase64url: (sql: string, padding: '=' | '==') => string;
  /** From `2022-12-05 12:14:00.179`, UTC. */
  readonly timestamp: (sql: string) => string;
  readonly minusMinutes: (timestamp: string, minutes: string) => string;
  readonly integer: (sql: string) => string;
  /** Whether a text matches, of what all engines' regular expressions read alike; `pattern` holds no quote or backslash. */
  readonly matches: (sql: string, pattern: string) => string;
  /** NULL where there is no such number. */
  readonly tryNumber: (sql: string, type: 'integer' | 'number') => string;
}

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
      return time(column, dialect);
    case 'method':
      return coded(column, METHODS, dialect);
    case 'url':
      return coded(column, urls.urls, dialect);
  }
}

/** What stands verbatim stands behind `=`, which no code begins with. */
const isVerbatim = (column: string): string => `substr(${column}, 1, 1) = '='`;
const verbatim = (column: string): string => `substr(${column}, 2)`;

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

/** `221205121400179`; or any ISO 8601 spelling: up to nine decimals (cut to three), `Z`, an offset, or neither for UTC. */
function time(column: string, dialect: Dialect): string {
  const part = (at: number, length = 2): string => `substr(${column}, ${at}, ${length})`;
  const code = `'20' || ${part(1)} || '-' || ${part(3)} || '-' || ${part(5)} || ' ' || ${part(7)} || ':' || ${part(9)} || ':' || ${part(11)} || '.' || ${part(13, 3)}`;
  // One to the right of where they stand in the text: behind the `=`.
  const decimals = `substr(regexp_replace(${part(22, 3)} || ' ', '[^0-9].*$', '') || '000', 1, 3)`;
  const local = `${part(2, 10)} || ' ' || ${part(13, 8)} || '.' || CASE WHEN ${part(21, 1)} = '.' THEN ${decimals} ELSE '000' END`;
  const fromEnd = (back: number, length: number): string =>
    `substr(${column}, length(${column}) - ${back}, ${length})`;
  const offset = `(${dialect.integer(fromEnd(4, 2))} * 60 + ${dialect.integer(fromEnd(1, 2))})`;
  const sign = fromEnd(5, 1);
  const utc = dialect.timestamp(local);
  return lines([
    `CASE WHEN NOT ${isVerbatim(column)} THEN ${dialect.timestamp(code)}`,
    `WHEN ${sign} = '+' THEN ${dialect.minusMinutes(utc, offset)}`,
    `WHEN ${sign} = '-' THEN ${dialect.minusMinutes(utc, `-${offset}`)}`,
    `ELSE ${utc}`,
    'END',
  ]);
}

/** Indented to stand in the select list of a view. */
function lines(parts: readonly string[]): string {
  const [first = '', ...rest] = parts;
  return [first, ...rest.slice(0, -1).map((part) => `      ${part}`), `    ${rest.at(-1) ?? ''}`].join('\n');
}
