import { addHours, type Hour, hourStartMs } from '../domain/hour.js';
import { type IdRange, containsId, rangesOf, subtractRanges } from '../domain/id-ranges.js';
import { arrivalHour, rawHourPrefix, tableKey } from '../domain/lake-keys.js';
import { parseWindow } from '../domain/window.js';
import type { Storage } from '../storage/port.js';
import { idsOfObject, idsOfSegment, readSegments } from './hour-files.js';
import { rawNameAt, readRaw } from './lake.js';
import { currentPulse } from './pulse.js';

const DAY_MS = 24 * 3_600_000;

/**
 * Of ids that seem to be missing from an hour, those that never came: ids and times need not run in step, so a record may
 * lie in the hour before or after, in one far off, or in quarantine. What came stands in the answers that showed this
 * hour's records or in those between them, whatever became of it. Only called when something seems to be missing.
 */
export async function reallyMissing(
  storage: Storage,
  dataset: string,
  hour: Hour,
  candidates: readonly IdRange[],
  raws: readonly string[],
  sealedNeighbours: readonly (Hour | undefined)[],
): Promise<IdRange[]> {
  const found: number[] = [];
  const note = (id: number): void => {
    if (containsId(candidates, id)) found.push(id);
  };
  const hours = new Set([
    addHours(hour, -1),
    addHours(hour, 1),
    ...sealedNeighbours.filter((h) => h !== undefined),
  ]);
  for (const near of hours) {
    for await (const id of idsOfObject(storage, tableKey(dataset, near))) note(id);
    for (const segment of await readSegments(storage, dataset, near))
      for await (const id of idsOfSegment(segment)) note(id);
  }
  const stillMissing = (): IdRange[] => subtractRanges(candidates, rangesOf(found));
  for (const arrival of arrivalHours(raws)) {
    if (stillMissing().length === 0) break;
    for (const id of await idsShownIn(storage, dataset, arrival)) note(id);
  }
  return stillMissing();
}

/** The ids in all answers that were archived in this hour. They stand outside of the tokens, so no key is needed. */
async function idsShownIn(storage: Storage, dataset: string, arrival: Hour): Promise<Set<number>> {
  const pulse = currentPulse();
  const ids = new Set<number>();
  for await (const { key } of storage.list(rawHourPrefix(dataset, arrival))) {
    pulse.beat();
    const name = rawNameAt(dataset, key);
    const body = name === undefined ? undefined : await readRaw(storage, dataset, name);
    for (const element of body ? parseWindow(body) : []) {
      const id = idShownBy(element);
      if (id !== undefined) ids.add(id);
    }
  }
  return ids;
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
