import { addHours, type Hour } from '../dataset/hour.js';
import { ledgerKey, ledgerPrefix, segmentHourPrefix, segmentsPrefix } from './keys.js';
import type { Storage } from '../storage/port.js';
import { ledgerHourAt, segmentHourAt } from './names.js';

/** The hours that have a ledger, from this one on. */
export async function* sealedFrom(storage: Storage, dataset: string, from: Hour | ''): AsyncGenerator<Hour> {
  const startAfter = from === '' ? '' : ledgerKey(dataset, from).slice(0, -'.json'.length);
  for await (const key of storage.keys(ledgerPrefix(dataset), { startAfter })) {
    const hour = ledgerHourAt(dataset, key);
    if (hour !== undefined) yield hour;
  }
}

/** The hours that have segments, each once. */
export async function* openFrom(storage: Storage, dataset: string, from: Hour | ''): AsyncGenerator<Hour> {
  const startAfter = from === '' ? '' : segmentHourPrefix(dataset, from);
  let last: Hour | undefined;
  for await (const key of storage.keys(segmentsPrefix(dataset), { startAfter })) {
    const hour = segmentHourAt(dataset, key);
    if (hour !== undefined && hour !== last) yield (last = hour);
  }
}

/** How far back is listed until enough hours are found: never everything first. */
const STEPS_HOURS = [24, 31 * 24, 366 * 24, Number.POSITIVE_INFINITY] as const;

/** The last `count` hours of a listing before this one, ascending. */
export async function hoursBefore(
  hour: Hour,
  count: number,
  listFrom: (from: Hour | '') => AsyncIterable<Hour>,
): Promise<Hour[]> {
  let last: Hour[] = [];
  for (const back of [count, ...STEPS_HOURS]) {
    last = [];
    for await (const found of listFrom(Number.isFinite(back) ? addHours(hour, -back) : '')) {
      if (found >= hour) break;
      last.push(found);
      if (last.length > 2 * count) last = last.slice(-count);
    }
    if (last.length >= count) break;
  }
  return last.slice(-count);
}
