import { isFernlakeError } from '../domain/errors.js';
import { idsThatCame } from '../domain/gaps.js';
import { addHours, type Hour, hourOfPartition, hourStartMs, parseHour } from '../domain/hour.js';
import { type IdRange, containsId, normalizeRanges, shareIds, subtractRanges } from '../domain/id-ranges.js';
import {
  arrivalHour,
  ledgerKey,
  ledgerPrefix,
  rawHourPrefix,
  segmentHourPrefix,
  segmentsPrefix,
  tableKey,
} from '../domain/lake-keys.js';
import { parseWindow } from '../domain/window.js';
import type { Storage } from '../storage/port.js';
import { breathe } from '../lake/breathe.js';
import { eachIdOfObject } from '../lake/rows.js';
import { valueOf } from '../domain/outcome.js';
import { eachIdOfSegment, readSegments } from '../lake/segments.js';
import { readLedger } from '../lake/ledgers.js';
import { rawNameAt } from '../lake/names.js';
import { readRaw } from '../lake/answers.js';
import { currentPulse } from './pulse.js';

const DAY_MS = 24 * 3_600_000;
/** An hour is sealed once; later ones only add to it. */
const LOOKS_MAX = 5;

/** The hour that ids are missing from, and what is around it. */
export interface SearchedHour {
  readonly dataset: string;
  readonly hour: Hour;
  /** The answers that showed its records. */
  readonly raws: readonly string[];
  /** The nearest sealed hours. */
  readonly before: Hour | undefined;
  readonly after: Hour | undefined;
  readonly contiguousIds: boolean;
}

/**
 * Of ids that seem to be missing from an hour, those that never came: ids and times need not run in step, so a record may
 * lie in the hour before or after, in one far off, or in quarantine. What came stands in the answers that showed this
 * hour's records or in those between them, whatever became of it. Only called when something seems to be missing.
 *
 * The archive comes last, and only as far as something is left: it is the largest by far. Where many hours are sealed at once, in
 * any order, what seems to be missing lies in the hours behind the last one that was sealed when the search began.
 */
export async function reallyMissing(
  storage: Storage,
  searched: SearchedHour,
  candidates: readonly IdRange[],
): Promise<readonly IdRange[]> {
  const { dataset, hour, raws, before, after } = searched;
  const search = new Search(candidates);
  const near = new Set([addHours(hour, -1), addHours(hour, 1), before, after]);
  for (const place of near) if (place && (await lookInto(storage, searched, place, search))) return [];
  for (const place of before ? await hoursBetween(storage, dataset, before, hour) : []) {
    if (!near.has(place) && (await lookInto(storage, searched, place, search))) return [];
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

  noteAll(ranges: readonly IdRange[]): void {
    this.left = subtractRanges(this.left, ranges);
  }

  /** Whether all are found by now. */
  isOver(): boolean {
    this.left = subtractRanges(this.left, normalizeRanges(this.#found));
    this.#found = [];
    return this.left.length === 0;
  }

  overlaps(first: number, last: number): boolean {
    return shareIds(this.left, [[first, last]]);
  }
}

/**
 * Looks into an hour's segments and its object, as far as they can hold any of these ids; true once all are found. The hour may
 * be sealed meanwhile: then its segments go, and what they held stands in ledger and object. Those are looked at last, since
 * they are written first.
 */
async function lookInto(
  storage: Storage,
  searched: SearchedHour,
  place: Hour,
  search: Search,
): Promise<boolean> {
  for (let look = 1; ; look += 1) {
    try {
      return (
        (await lookIntoSegments(storage, searched, place, search)) ||
        (await lookIntoSealed(storage, searched, place, search))
      );
    } catch (error) {
      if (!isFernlakeError(error, 'ObjectNotFound') || look === LOOKS_MAX) throw error;
    }
  }
}

async function lookIntoSegments(
  storage: Storage,
  { dataset }: SearchedHour,
  place: Hour,
  search: Search,
): Promise<boolean> {
  // What one that is damaged held stands in the answers.
  for (const segment of (await readSegments(storage, dataset, place)).whole) {
    const { ids } = segment.header;
    if (ids) search.noteAll(ids);
    else if (search.overlaps(segment.firstId, Number.POSITIVE_INFINITY))
      await eachIdOfSegment(segment, (id) => search.note(id));
    if (search.isOver()) return true;
  }
  return false;
}

async function lookIntoSealed(
  storage: Storage,
  { dataset, contiguousIds }: SearchedHour,
  place: Hour,
  search: Search,
): Promise<boolean> {
  const ids = valueOf(await readLedger(storage, dataset, place))?.ledger.ids;
  if (ids && contiguousIds) search.noteAll(idsThatCame(ids));
  else if (!ids || (ids.first !== null && ids.last !== null && search.overlaps(ids.first, ids.last)))
    await eachIdOfObject(storage, tableKey(dataset, place), (id) => search.note(id));
  return search.isOver();
}

/**
 * The hours between two others of which anything is there. Segments first: an hour's ledger is written before they go, so one that
 * is sealed meanwhile is found in one place or the other.
 */
async function hoursBetween(storage: Storage, dataset: string, before: Hour, hour: Hour): Promise<Set<Hour>> {
  const hours = new Set<Hour>();
  const look = async (
    prefix: string,
    startAfter: string,
    hourAt: (key: string) => Hour | undefined,
  ): Promise<void> => {
    for await (const key of storage.keys(prefix, { startAfter })) {
      const found = hourAt(key);
      if (found && found >= hour) break;
      if (found && found > before) hours.add(found);
    }
  };
  const segments = segmentsPrefix(dataset);
  await look(segments, segmentHourPrefix(dataset, before), (key) =>
    parseHour(key.slice(segments.length, key.indexOf('/', segments.length))),
  );
  await look(ledgerPrefix(dataset), ledgerKey(dataset, before), hourOfPartition);
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
  for await (const key of storage.keys(rawHourPrefix(dataset, arrival))) {
    pulse.beat();
    const name = rawNameAt(dataset, key);
    const body = name === undefined ? undefined : valueOf(await readRaw(storage, dataset, name));
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
