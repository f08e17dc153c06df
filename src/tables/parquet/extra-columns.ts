import { EXTRA_TYPES, type ExtraField, type ExtraType } from '../../dataset/extra-fields.js';

/** What DuckDB calls the columns of added fields. */
export const EXTRA_COLUMNS: Readonly<Record<ExtraType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
};

/** The added field that a column of a file holds; undefined for a type that we do not write. */
export function extraOfColumn(name: string, columnType: string): ExtraField | undefined {
  const type = EXTRA_TYPES.find((each) => EXTRA_COLUMNS[each] === columnType);
  return type && { name, type };
}
