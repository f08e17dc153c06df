import { isFernlakeError } from '../domain/errors.js';
import { addHours, type Hour, hourStartMs, parseHour } from '../domain/hour.js';
import { type IdRange, containsId, normalizeRanges, subtractRanges } from '../domain/id-ranges.js';
import {
  arrivalHour,
  rawHourPrefix,
  segmentHourPrefix,
  segmentsPrefix,
  tableKey,
} from '../domain/lake-keys.js';
import { parseWindow } from '../domain/window.js';
import type { Storage } from '../storage/port.js';
import { breathe } from './breathe.js';
import { eachIdOfObject, eachIdOfSegment, readLedger, readSegments } from './hour-files.js';
import { rawNameAt, readRaw } from './lake.js';
import { currentPulse } from './pulse.js';

const DAY_MS = 24 * 3_600_000;
/** An hour is sealed once; later ones only add to it. */
const LOOKS_MAX = 5;

/**
 * Of ids that seem to be missing from an hour, those that never came: ids and times need not run in step, so a record may
 * lie in the hour before or after, in one far off, or in quarantine. What came stands in the answers that showed this
 * hour's records or in those between them, whatever became of it. Only called when something seems to be missing.
 *
 * The archive comes last, and only as far as something is left: it is the largest by far. Where many hours are sealed at once, in
 * any order, what seems to be missing lies in the segments of open hours behind the last sealed one.
 */
export async function reallyMissing(
  storage: Storage,
  dataset: string,
  hour: Hour,
  candidates: readonly IdRange[],
  raws: readonly string[],
  [before, after]: readonly [before: Hour | undefined, after: Hour | undefined],
): Promise<readonly IdRange[]> {
  const search = new Search(candidates);
  const near = new Set([addHours(hour, -1), addHours(hour, 1), before, after]);
  for (const place of near) if (place && (await lookInto(storage, dataset, place, search))) return [];
  for (const open of before ? await openBetween(storage, dataset, before, hour) : []) {
    if (!near.has(open) && (await lookInto(storage, dataset, open, search))) return [];
  }
  for (const arrival of arrivalHours(raws))
    if (await lookIntoRaws(storage, dataset, arrival, search)) return [];
  return search.left;
}

/** Ids that are looked for, less those that were found. */
class Search {
  left: readonly IdRange[];
  #found: [number, number][] = [];

  constructor(ids: readonly IdRange[]) {
    this.left = ids;
  }

  note(id: number): void {
    if (!containsId(this.left, id)) return;
    const last = this.#found.at(-1);
    // They come in order for the most part: a range then holds thousands.
    if (last && id === last[1] + 1) last[1] = id;
    else this.#found.push([id, id]);
  }

  /** Whether all are found by now. */
  isOver(): boolean {
    this.left = subtractRanges(this.left, normalizeRanges(this.#found));
    this.#found = [];
    return this.left.length === 0;
  }

  overlaps(first: number, last: number): boolean {
    return this.left.some(([from, to]) => first <= to && from <= last);
  }
}

/**
 * Looks into an hour's object and its segments, as far as they can hold any of these ids; true once all are found. The hour may
 * be sealed meanwhile: then its segments go, and what they held stands in the object.
 */
async function lookInto(storage: Storage, dataset: string, hour: Hour, search: Search): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    try {
      return await lookOnce(storage, dataset, hour, search);
    } catch (error) {
      if (!isFernlakeError(error, 'ObjectNotFound') || look === LOOKS_MAX) throw error;
    }
  }
}

async function lookOnce(storage: Storage, dataset: string, hour: Hour, search: Search): Promise<boolean> {
  const note = (id: number): void => search.note(id);
  const ids = (await readLedger(storage, dataset, hour))?.ledger.ids;
  // What a ledger does not know of yet stands in segments still.
  if (!ids || (ids.first !== null && ids.last !== null && search.overlaps(ids.first, ids.last))) {
    await eachIdOfObject(storage, tableKey(dataset, hour), note);
  }
  if (search.isOver()) return true;
  for (const segment of await readSegments(storage, dataset, hour)) {
    if (!search.overlaps(segment.firstId, Number.POSITIVE_INFINITY)) continue;
    await eachIdOfSegment(segment, note);
    if (search.isOver()) return true;
  }
  return false;
}

/** The hours between two others that have segments. */
async function openBetween(storage: Storage, dataset: string, before: Hour, hour: Hour): Promise<Set<Hour>> {
  const hours = new Set<Hour>();
  const [prefix, end] = [segmentsPrefix(dataset), segmentHourPrefix(dataset, hour)];
  for await (const { key } of storage.list(prefix, { startAfter: segmentHourPrefix(dataset, before) })) {
    if (key >= end) break;
    const found = parseHour(key.slice(prefix.length, key.indexOf('/', prefix.length)));
    if (found && found > before) hours.add(found);
  }
  return hours;
}

/**
 * Looks into the answers that were archived in this hour, until all are found: then true. Ids stand outside of the tokens, so no
 * key is needed.
 */
async function lookIntoRaws(
  storage: Storage,
  dataset: string,
  arrival: Hour,
  search: Search,
): Promise<boolean> {
  const pulse = currentPulse();
  for await (const { key } of storage.list(rawHourPrefix(dataset, arrival))) {
    pulse.beat();
    const name = rawNameAt(dataset, key);
    const body = name === undefined ? undefined : await readRaw(storage, dataset, name);
    for (const element of body ? parseWindow(body) : []) {
      const id = idShownBy(element);
      if (id !== undefined) search.note(id);
    }
    if (search.isOver()) return true;
    await breathe();
  }
  return false;
}

/** The id that an element of an answer names, be it a whole envelope or a broken one that went to quarantine. */
export function idShownBy(element: unknown): number | undefined {
  const id = (element as { recordId?: unknown } | null)?.recordId;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : undefined;
}

/** The arrival hours of these answers and the hours between them; a pause of over a day is not walked through. */
function arrivalHours(raws: readonly string[]): Set<Hour> {
  const hours = new Set(raws.map(arrivalHour));
  const sorted = [...hours].sort();
  for (const [i, hour] of sorted.entries()) {
    const next = sorted[i + 1];
    if (!next || hourStartMs(next) - hourStartMs(hour) > DAY_MS) continue;
    for (let between = addHours(hour, 1); between < next; between = addHours(between, 1)) hours.add(between);
  }
  return hours;
}
