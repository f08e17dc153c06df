import { styleText } from 'node:util';

/** What people read goes to stdout, with colour only where a terminal is; what went wrong goes to stderr. */
export const out = (line = ''): void => void process.stdout.write(`${line}\n`);
export const complain = (line: string): void => void process.stderr.write(`${line}\n`);

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** Where a terminal is, and neither NO_COLOR nor --no-color says otherwise (`hasColors` reads the environment itself). */
const hasColours = (): boolean =>
  process.stdout.isTTY && process.stdout.hasColors() && !process.argv.includes('--no-color');

export function paint(style: Style, text: string): string {
  return hasColours() ? styleText(style, text) : text;
}

export const json = (value: unknown): void => out(JSON.stringify(value, null, 2));

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

/** `21.8 kB` */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < SIZES.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${SIZES[unit]}`;
}

/** `1,234` */
export const count = (value: number): string => value.toLocaleString('en-US');

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
