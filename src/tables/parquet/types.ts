import type { Column, RecordForm } from '../../dataset/form.js';
import { isJsonText } from '../../dataset/table-value.js';

/** What DuckDB calls the type of a column in a Parquet file of ours, and how the lines that it is made from hold it. */

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const isTime = ({ name }: Column, { timeColumn }: RecordForm): boolean => name === timeColumn;

const SCALARS = { text: 'VARCHAR', integer: 'BIGINT', number: 'DOUBLE', boolean: 'BOOLEAN' } as const;

/** In the lines: the time of the event is a number there, JSON of any kind is text. */
export function typeInLines(column: Column, form: RecordForm): string {
  return isTime(column, form) ? 'BIGINT' : typeOf(column);
}

function typeOf(column: Column): string {
  const { type, members } = column;
  if (members)
    return `STRUCT(${members.map((member) => `${quoted(member.name)} ${typeOf(member)}`).join(', ')})`;
  return isJsonText(column) || type === 'object' || type === 'json' ? 'VARCHAR' : SCALARS[type];
}
