import { LOG_API } from './presets.js';
import type { ColumnDeclaration, ColumnType } from './declaration.js';
import type { Column } from './form.js';
import type { Field } from './literal.js';
import { RESERVED_FIELDS, UNKNOWN_FIELDS } from './reserved-names.js';

/** Types of the columns that FERNLAKE_FIELDS adds to the preset's. */
export const EXTRA_TYPES = ['text', 'integer', 'number', 'boolean'] as const;
export type ExtraType = (typeof EXTRA_TYPES)[number];

export interface ExtraField {
  readonly name: string;
  readonly type: ExtraType;
}

/**
 * What a text must look like for its column; the views say the same in SQL. No more digits than an integer of JSON and a
 * double have room for, so that no engine's cast can fail.
 */
export const EXTRA_PATTERNS: Readonly<Record<'integer' | 'number', string>> = {
  integer: '^-?[0-9]{1,15}$',
  number: '^-?[0-9]{1,40}([.][0-9]{1,40})?([eE][+-]?[0-9]{1,2})?$',
};

const PATTERNS = {
  integer: new RegExp(EXTRA_PATTERNS.integer),
  number: new RegExp(EXTRA_PATTERNS.number),
};

/** The value in the field's column, as JSON text; undefined for one that the column cannot hold. */
export function extraValue(
  type: ColumnType,
  { type: found, json, text: decoded }: Field,
): string | undefined {
  if (found === 'null') return 'null';
  const text = found === 'string' ? decoded : json;
  if (type === 'text') return JSON.stringify(text);
  if (type === 'json' || type === 'object') return JSON.stringify(json);
  if (type === 'boolean') return text === 'true' || text === 'false' ? text : undefined;
  return PATTERNS[type].test(text) ? String(Number(text)) : undefined;
}

/** Why no column can have this name; undefined where one can. */
export function faultOfExtraName(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)) return 'is no name that every engine takes as a column';
  const folded = name.toLowerCase();
  if (Object.keys(LOG_API.record.columns).some((known) => known.toLowerCase() === folded))
    return 'is in the schema already';
  const taken = [...RESERVED_FIELDS, 'dt', UNKNOWN_FIELDS];
  return taken.includes(folded) ? 'is the name of a column that tables have of their own' : undefined;
}

/** `sessionId:text,score:number`, as in the setting. */
export const spellExtraFields = (columns: readonly Pick<Column, 'name' | 'type'>[]): string =>
  columns.map(({ name, type }) => `${name}:${type}`).join(',');

/** As columns of a declaration: rows land as they would without them, and only what reads them knows a column more. */
export const declareExtraFields = (
  fields: readonly ExtraField[],
): Readonly<Record<string, ColumnDeclaration>> =>
  Object.fromEntries(
    fields.map(({ name, type }) => [
      name,
      { type, optional: true, compact: null, columns: null, description: 'added in FERNLAKE_FIELDS' },
    ]),
  );
