// Figures as a person reads them.

/** Three figures for a person to read, or all of a whole number that has more: `1.68`, `16.8`, `1240`, and never `1.24e+3`. */
export const threeFigures = (value: number): string =>
  Math.abs(value) < 999.5 ? value.toPrecision(3) : String(Math.round(value));

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

/** `99.99 %`: never rounded up, so that 100 means all. */
export const percentDown = (share: number): string => `${(Math.floor(share * 1e4) / 100).toFixed(2)} %`;

/** `4 min 20 s` */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** `1 record`, `1,234 records` */
export const plural = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? '' : 's'}`;
