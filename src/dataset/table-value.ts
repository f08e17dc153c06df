import type { ColumnType } from './declaration.js';
import type { Column } from './form.js';
import type { Field } from './literal.js';

/**
 * What a text must look like for a number's column; the views say the same in SQL. No more digits than a double has room for;
 * an integer is one of 64 bits, which SQL's own casts look after.
 */
export const NUMBER_PATTERNS: Readonly<Record<'integer' | 'number', string>> = {
  integer: '^-?[0-9]{1,19}$',
  number: '^-?[0-9]{1,40}([.][0-9]{1,40})?([eE][+-]?[0-9]{1,2})?$',
};

const PATTERNS = {
  integer: new RegExp(NUMBER_PATTERNS.integer),
  number: new RegExp(NUMBER_PATTERNS.number),
};

type Scalar = Pick<Column, 'type' | 'isOptional'>;

/**
 * A value in its table's column, as JSON text; undefined for one that the column cannot hold. Rows from before a column was declared
 * may hold anything, so a number or boolean may also stand there as text.
 */
export function tableValue({ type, isOptional }: Scalar, field: Field): string | undefined {
  const { type: found, json } = field;
  if (found === 'null') return 'null';
  const text = found === 'string' ? field.text : json;
  switch (type) {
    case 'text':
      return JSON.stringify(text);
    case 'json':
    case 'object':
      return JSON.stringify(json);
    case 'boolean':
      return text === 'true' || text === 'false' ? text : undefined;
    case 'integer':
      return integerValue(text);
    case 'number':
      return numberValue(text, isOptional);
  }
}

/** A number beyond 2^53 as text, which DuckDB reads exactly; JavaScript would round it. */
function integerValue(text: string): string | undefined {
  if (!PATTERNS.integer.test(text)) return undefined;
  const value = BigInt(text);
  if (BigInt.asIntN(64, value) !== value) return undefined;
  return Number.isSafeInteger(Number(value)) ? String(value) : `"${value}"`;
}

/** What every record has is a number of JSON already. */
function numberValue(text: string, isOptional: boolean): string | undefined {
  if (isOptional && !PATTERNS.number.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) && text !== '' ? String(value) : undefined;
}

/** Types that have no columns of their own in a table: they stand there as JSON text. */
export const isJsonText = ({
  type,
  members,
}: {
  readonly type: ColumnType;
  readonly members: unknown;
}): boolean => type === 'json' || (type === 'object' && members === null);
