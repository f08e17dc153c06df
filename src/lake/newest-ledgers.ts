import { addHours, type Hour, hourOf, hourStartMs, partitionOf } from '../dataset/hour.js';
import { ledgerPrefix } from './keys.js';
import { ledgerHourAt } from './names.js';
import type { Storage } from '../storage/port.js';

/** Event hours can lie anywhere: behind the clock (an old archive) or ahead of it (a sample that lives an hour a minute). */
const FIRST_STEP_HOURS = 4;
const LAST_MS = Date.parse('9999-01-01T00:00:00.000Z');
const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');

/** A sealed hour as a listing shows it; the etag changes with its ledger. */
export interface SealedHour {
  readonly hour: Hour;
  readonly key: string;
  readonly etag: string;
}

/**
 * The newest `count` sealed hours, ascending. It asks the storage for the first key behind a guessed hour, a handful of
 * times, and lists only the end: ten years of hours cost as much as a day of them.
 */
export async function newestHours(
  storage: Storage,
  dataset: string,
  count: number,
  nowMs: number,
): Promise<Hour[]> {
  return (await newestSealed(storage, dataset, count, nowMs)).map(({ hour }) => hour);
}

/**
 * The same as the listing shows them. Whoever has found `before` a while ago has them found again by one listing: hours come
 * at the end, or between those.
 */
export async function newestSealed(
  storage: Storage,
  dataset: string,
  count: number,
  nowMs: number,
  before?: readonly SealedHour[],
): Promise<SealedHour[]> {
  const from = (hour: Hour) => sealedFrom(storage, dataset, hour);
  if (before) {
    // Fewer than asked for were there before: so an earlier one may have come, too.
    const all = before.length < count;
    const found = await collect(from(all ? hourOf(FIRST_MS) : before[0]!.hour));
    if (all || found.length >= count) return found.slice(-count);
  }
  const newest = await newestHour(from, nowMs);
  if (newest === undefined) return [];
  for (let span = count; ; span *= 4) {
    const start = back(newest, span - 1);
    const hours = await collect(from(start));
    if (hours.length >= count || hourStartMs(start) === FIRST_MS) return hours.slice(-count);
  }
}

type From = (hour: Hour) => AsyncIterable<SealedHour>;

async function newestHour(from: From, nowMs: number): Promise<Hour | undefined> {
  const firstFrom = async (hour: Hour): Promise<Hour | undefined> => {
    for await (const found of from(hour)) return found.hour;
    return undefined;
  };
  // Back from now, further each time, until something lies behind the guess.
  let first: Hour | undefined;
  for (let span = FIRST_STEP_HOURS; first === undefined; span *= 4) {
    const start = back(hourOf(nowMs), span);
    first = await firstFrom(start);
    if (first === undefined && hourStartMs(start) === FIRST_MS) return undefined;
  }
  // Forward from there, further each time; once nothing is there, by halves (steps are powers of two, so none is passed over).
  let newest: Hour = first;
  let growing = true;
  for (let step = FIRST_STEP_HOURS; step >= 1;) {
    const guess = forward(newest, step);
    const found: Hour | undefined = guess > newest ? await firstFrom(guess) : undefined;
    newest = found ?? newest;
    growing &&= found !== undefined;
    step = growing ? step * 4 : step / 2;
  }
  return newest;
}

async function collect(hours: AsyncIterable<SealedHour>): Promise<SealedHour[]> {
  const all: SealedHour[] = [];
  for await (const hour of hours) all.push(hour);
  return all;
}

async function* sealedFrom(storage: Storage, dataset: string, hour: Hour): AsyncGenerator<SealedHour> {
  const prefix = ledgerPrefix(dataset);
  // Without the ending: it sorts right before the hour's own key.
  for await (const { key, etag } of storage.list(prefix, {
    startAfter: `${prefix}${partitionOf(hour)}`,
  })) {
    const found = ledgerHourAt(dataset, key);
    if (found !== undefined) yield { hour: found, key, etag };
  }
}

const back = (hour: Hour, hours: number): Hour =>
  hourStartMs(hour) - hours * 3_600_000 <= FIRST_MS ? hourOf(FIRST_MS) : addHours(hour, -hours);
const forward = (hour: Hour, hours: number): Hour =>
  hourStartMs(hour) + hours * 3_600_000 >= LAST_MS ? hourOf(LAST_MS) : addHours(hour, hours);
