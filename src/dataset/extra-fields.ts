import { LOG_API } from './presets.js';
import type { ColumnDeclaration } from './declaration.js';
import { faultOfColumnName, isPlainName, NAME_CHARACTERS_MAX } from './column-names.js';

/** Types of the columns that FERNLAKE_FIELDS adds to the preset's. */
export const EXTRA_TYPES = ['text', 'integer', 'number', 'boolean'] as const;
export type ExtraType = (typeof EXTRA_TYPES)[number];

export interface ExtraField {
  readonly name: string;
  readonly type: ExtraType;
}

/** Why FERNLAKE_FIELDS can add no column of this name; undefined where it can. */
export function faultOfExtraName(name: string): string | undefined {
  if (!isPlainName(name) || name.length > NAME_CHARACTERS_MAX)
    return 'is no name that every engine takes as a column';
  const folded = name.toLowerCase();
  if (Object.keys(LOG_API.record.columns).some((known) => known.toLowerCase() === folded))
    return 'is in the schema already';
  return faultOfColumnName(name) && 'is the name of a column that tables have of their own';
}

/** `sessionId:text,score:number`, as in the setting; of an object with its members: `where:object(city:text)`. */
export const spellExtraFields = (columns: readonly Spelled[]): string =>
  columns
    .map(({ name, type, members }) => `${name}:${type}${members ? `(${spellExtraFields(members)})` : ''}`)
    .join(',');

interface Spelled {
  readonly name: string;
  readonly type: string;
  readonly members?: readonly Spelled[] | null;
}

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
