import { widthOf, wrapped } from './terminal.js';

export interface Column<T> {
  readonly head: string;
  readonly cell: (row: T) => string;
  /** Figures stand right. */
  readonly right?: true;
}

const GAP = '  ';
/** If the last column has less room than this, it goes on lines of its own. */
const LAST_MIN = 24;
const INDENT = '    ';

/**
 * Rows under a header, each column as wide as its widest cell. Where a terminal is, what does not fit of the last column goes on below
 * itself, broken between words, and columns for which there is no room stand on lines of their own; in a pipe or a file each row is one
 * line.
 */
export function table<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  terminalColumns: number | undefined = process.stdout.columns,
): string[] {
  const cells = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, i) => cells.reduce((max, row) => Math.max(max, widthOf(row[i]!)), 0));
  const last = columns.length - 1;
  /** Where each column begins. */
  const starts = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width + GAP.length, 0));
  const room = (terminalColumns ?? 0) - starts[last]!;
  const fitting = widths.filter(
    (width, i) => i < last && starts[i]! + width <= (terminalColumns ?? 0),
  ).length;
  return cells.flatMap((row) => {
    const padded = row.map((cell, i) => {
      const blank = ' '.repeat(widths[i]! - widthOf(cell));
      return columns[i]?.right ? blank + cell : i === last ? cell : cell + blank;
    });
    const line = padded.join(GAP).trimEnd();
    if (!terminalColumns || widthOf(line) <= terminalColumns) return line;
    const start = padded.slice(0, fitting).join(GAP);
    if (room < LAST_MIN || columns[last]?.right) {
      const below = INDENT + row.slice(fitting).filter(Boolean).join(GAP);
      return [start, ...wrapped(below, terminalColumns, INDENT.length).split('\n')]
        .map((text) => text.trimEnd())
        .filter(Boolean);
    }
    const [first = '', ...more] = wrapped(padded[last]!, room, 0).split('\n');
    return [start + GAP + first, ...more.map((text) => ' '.repeat(starts[last]!) + text)];
  });
}
