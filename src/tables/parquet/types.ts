import type { Column, RecordForm } from '../../dataset/form.js';
import type { ColumnType } from '../../dataset/declaration.js';
import { quoted } from '../duckdb/sql.js';

/** What DuckDB calls the type of a column in a Parquet file of ours, and how the lines that it is made from hold it. */

export const isTime = ({ name }: Column, { timeColumn }: RecordForm): boolean => name === timeColumn;

/** What has no members of its own; JSON of any kind is text. */
const SCALARS: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  object: 'VARCHAR',
  json: 'VARCHAR',
};

/** In the lines: the time of the event is a number there, JSON of any kind is text. */
export function typeInLines(column: Column, form: RecordForm): string {
  return isTime(column, form) ? 'BIGINT' : typeOf(column);
}

function typeOf({ type, members }: Column): string {
  if (members)
    return `STRUCT(${members.map((member) => `${quoted(member.name)} ${typeOf(member)}`).join(', ')})`;
  return SCALARS[type];
}
