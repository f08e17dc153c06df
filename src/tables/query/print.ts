import type { Rows } from '../duckdb/session.js';
import { textOf } from '../duckdb/values.js';

export type RowFormat = 'table' | 'csv' | 'json';

/** A cell of a table is for looking at; csv and json have it whole. */
const CELL_CHARACTERS_MAX = 60;

/** Lines of the result, without line breaks at their ends. */
export function printRows(rows: Rows, format: RowFormat): string[] {
  switch (format) {
    case 'table':
      return table(rows);
    case 'csv':
      return csv(rows);
    case 'json':
      return json(rows);
  }
}

function table({ columns, rows }: Rows): string[] {
  const cells = rows.map((row) => row.map((value) => shorten(value === null ? 'NULL' : textOf(value))));
  const isNumber = columns.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  const names = columns.map(shorten);
  const widths = names.map((name, i) =>
    Math.max(characters(name), ...cells.map((row) => characters(row[i] ?? ''))),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const blank = ' '.repeat(Math.max(0, (widths[i] ?? 0) - characters(cell)));
        return isNumber[i] ? blank + cell : cell + blank;
      })
      .join('  ')
      .trimEnd();
  return [line(names), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.map(line)];
}

const characters = (text: string): number => [...text].length;

/** One line, and nothing that a terminal would obey: a record's text may hold escape sequences. */
function shorten(text: string): string {
  const safe = text.replace(
    /\p{C}|[\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  const all = [...safe];
  return all.length <= CELL_CHARACTERS_MAX ? safe : `${all.slice(0, CELL_CHARACTERS_MAX - 1).join('')}…`;
}

/**
 * RFC 4180, but for its line ends. NULL is an empty field, an empty text is `""`. Values are as they are, also where a
 * spreadsheet would take one for a formula: what is changed for one reader is wrong for all others.
 */
function csv({ columns, rows }: Rows): string[] {
  const cell = (text: string): string =>
    text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [
    columns.map(cell).join(','),
    ...rows.map((row) => row.map((value) => (value === null ? '' : cell(textOf(value)))).join(',')),
  ];
}

/** One array, a row a line. Where two columns share a name, the later has a number behind it. */
function json({ columns, rows }: Rows): string[] {
  const seen = new Map<string, number>();
  const names = columns.map((column) => {
    const count = (seen.get(column) ?? 0) + 1;
    seen.set(column, count);
    return count === 1 ? column : `${column}_${count}`;
  });
  if (rows.length === 0) return ['[]'];
  const lines = rows.map((row) => JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))));
  return ['[', ...lines.map((line, i) => `  ${line}${i < lines.length - 1 ? ',' : ''}`), ']'];
}
