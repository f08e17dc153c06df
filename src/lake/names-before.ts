import { addHours, type Hour } from '../dataset/hour.js';
import type { Storage } from '../storage/port.js';
import { arrivalHour, rawHourPrefix } from './keys.js';
import { rawNameAt } from './names.js';

/** After a pause longer than this, whole days, months and years are listed to find the answer before it. */
const PAUSE_HOURS = 3;

export interface Archive {
  readonly storage: Storage;
  readonly dataset: string;
  /** Names in the folder of an hour, ascending; whoever asks often keeps them. */
  readonly namesIn?: (prefix: string) => Promise<readonly string[]>;
}

/** Up to `count` names of archived answers before this one, the nearest first. */
export async function namesBefore(archive: Archive, name: string, count: number): Promise<readonly string[]> {
  const { dataset, namesIn = (prefix) => namesUnder(archive, prefix) } = archive;
  const hour = arrivalHour(name);
  let found = (await namesIn(rawHourPrefix(dataset, hour))).filter((other) => other < name);
  for (let back = 1; back <= PAUSE_HOURS && found.length < count; back += 1)
    found = [...(await namesIn(rawHourPrefix(dataset, addHours(hour, -back)))), ...found];
  for (const prefix of found.length > 0 ? [] : enclosing(dataset, hour)) {
    found = await lastBefore(archive, prefix, name, count);
    if (found.length > 0) break;
  }
  return found.slice(-count).reverse();
}

/** Ascending; other files that lie there are passed over. */
export async function namesUnder({ storage, dataset }: Archive, prefix: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const key of storage.keys(prefix)) {
    const name = rawNameAt(dataset, key);
    if (name !== undefined) names.push(name);
  }
  return names;
}

async function lastBefore(
  { storage, dataset }: Archive,
  prefix: string,
  name: string,
  count: number,
): Promise<string[]> {
  let last: string[] = [];
  for await (const key of storage.keys(prefix)) {
    const other = rawNameAt(dataset, key);
    if (other === undefined) continue;
    if (other >= name) break;
    last.push(other);
    if (last.length === 2 * count) last = last.slice(-count);
  }
  return last;
}

/** The folders of the hour's day, month and year, and of all. */
function enclosing(dataset: string, hour: Hour): string[] {
  const key = rawHourPrefix(dataset, hour);
  return ['hour', 'day', 'month', 'year'].map((part) => key.slice(0, key.indexOf(`/${part}=`) + 1));
}
