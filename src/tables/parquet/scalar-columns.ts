import type { ColumnType } from '../../dataset/declaration.js';

/** What DuckDB calls the columns of each type that has no members; JSON is text. */
export const SCALAR_COLUMNS: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  object: 'VARCHAR',
  json: 'VARCHAR',
};

/** The type that a file's column was written for; undefined for one that we do not write. */
export const typeOfColumn = (columnType: string): ColumnType | undefined =>
  (Object.keys(SCALAR_COLUMNS) as ColumnType[]).find((type) => SCALAR_COLUMNS[type] === columnType);
