import { styleText } from 'node:util';
import { type Column, table } from './table.js';
import { own, wrapped } from './terminal.js';

/** What people read goes to stdout, with colour only where a terminal is; what went wrong goes to stderr. */
export const out = (text = ''): void => void process.stdout.write(`${prose(text, process.stdout.columns)}\n`);
export const complain = (text: string): void =>
  void process.stderr.write(`${prose(text, process.stderr.columns)}\n`);

/** What somebody may want to copy or cut: rows, JSON. Never broken at the terminal's width. */
export const outAsIs = (line: string): void => void process.stdout.write(`${line}\n`);

/** Every line, broken between words where a terminal is. */
export const prose = (text: string, columns: number | undefined): string =>
  columns === undefined
    ? text
    : text
        .split('\n')
        .map((line) => wrapped(line, columns))
        .join('\n');

/** Of a terminal that does not know its own width. */
const COLUMNS = 80;

/** Writes over the line that shows progress, cut to the terminal's width. Does nothing without a terminal. */
export function rewrite(stream: NodeJS.WriteStream, text: string): void {
  if (!stream.isTTY) return;
  const fits = [...text].slice(0, Math.max(0, (stream.columns || COLUMNS) - 1)).join('');
  stream.write(`${own('\r')}${own('\u001b')}[K${fits}`);
}

/** An empty screen, and the cursor at its start. */
export const clearScreen = (): void => void process.stdout.write(`${own('\u001b')}[H${own('\u001b')}[2J`);

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Where a terminal is, and neither NO_COLOR nor --no-color says otherwise (`hasColors` reads the environment itself). */
const hasColours = (): boolean =>
  process.stdout.isTTY && process.stdout.hasColors() && !process.argv.includes('--no-color');

export function paint(style: Style, text: string): string {
  if (!hasColours()) return text;
  const [begin = '', end = ''] = styleText(style, '\0').replaceAll('\u001b', own('\u001b')).split('\0');
  return begin + text + end;
}

export const json = (value: unknown): void => outAsIs(JSON.stringify(value, null, 2));

export function showTable<T>(rows: readonly T[], columns: readonly Column<T>[]): void {
  for (const line of table(columns, rows)) outAsIs(line);
}

/** The first SIGINT or SIGTERM. A second one ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const first = (signal: NodeJS.Signals): void => {
      for (const other of ['SIGINT', 'SIGTERM'] as const) {
        process.off(other, first);
        process.on(other, () => process.exit(130));
      }
      resolve(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, first);
  });
}
