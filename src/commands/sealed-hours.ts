import { FernlakeError } from '../errors.js';
import { type Hour, parseHour } from '../dataset/hour.js';
import { ledgerKey, ledgerPrefix } from '../lake/keys.js';
import { ledgerHourAt } from '../lake/names.js';
import type { Storage } from '../storage/port.js';

export interface HourRange {
  readonly from?: Hour;
  readonly to?: Hour;
}

/** What `--from` and `--to` say. Throws `Configuration`, naming the option. */
export const rangeOf = ({
  from,
  to,
}: {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}): HourRange => ({
  ...(from === undefined ? {} : { from: parseBound(from, '--from') }),
  ...(to === undefined ? {} : { to: parseBound(to, '--to') }),
});

/** The sealed hours of the range, ascending: those that have a ledger. */
export async function sealedHours(
  storage: Storage,
  dataset: string,
  { from, to }: HourRange = {},
): Promise<Hour[]> {
  const hours: Hour[] = [];
  // What begins with the hour itself comes after its prefix, so that the hour is listed, too.
  const startAfter = from && ledgerKey(dataset, from).slice(0, -'.json'.length);
  for await (const key of storage.keys(ledgerPrefix(dataset), startAfter ? { startAfter } : {})) {
    const hour = ledgerHourAt(dataset, key);
    if (!hour || (from && hour < from)) continue;
    if (to && hour > to) break;
    hours.push(hour);
  }
  return hours;
}

/**
 * `2023`, `2023-04`, `2023-04-20` or `2023-04-20T13`: the first hour of it, or the last. Throws `Configuration`, naming
 * the option.
 */
export function parseBound(text: string, option: '--from' | '--to' | '--hour'): Hour {
  const fill = option === '--to' ? lastHour(text) : `${text}${'-01-01T00'.slice(text.length - 4)}`;
  const hour = /^\d{4}(-\d\d){0,2}$|^\d{4}-\d\d-\d\dT\d\d$/.test(text) ? parseHour(fill) : undefined;
  if (hour) return hour;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `${option} ${text}: must be an hour, day, month or year, such as 2023-04-20T13, 2023-04-20, 2023-04 or 2023`,
  );
}

function lastHour(text: string): string {
  if (text.length === 4) return `${text}-12-31T23`;
  if (text.length === 7) {
    const [year, month] = text.split('-').map(Number);
    // Day 0 of the month behind it is the last of this one.
    return `${text}-${String(new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate()).padStart(2, '0')}T23`;
  }
  return text.length === 10 ? `${text}T23` : text;
}
