import { addHours, type Hour, hourOf, hourStartMs } from '../../dataset/hour.js';
import { arrivalHour, arrivalMs, rawHourPrefix, rawPrefix } from '../../lake/keys.js';
import { AHEAD_MAX_MS } from '../../dataset/record.js';
import { rawNameAt } from '../../lake/names.js';
import type { StoredSegment } from '../../lake/segments.js';
import type { Storage } from '../../storage/port.js';
import type { ReadingDeps } from '../deps.js';
import { type HourPlace, type KeepRun, sortedRuns } from './sorted-runs.js';

/** A source may stand still for so long between two answers that show the same hour. */
const EMPTY_HOURS_MAX = 24;

/** No record's time is further ahead of its arrival, so no earlier answer shows the hour. */
const firstArrival = (hour: Hour): Hour => hourOf(hourStartMs(hour) - AHEAD_MAX_MS);

/** Names of all answers that may show the hour; of those archived before `untilMs`, where it is given. */
export async function rawsSince(
  storage: Storage,
  { dataset, hour }: HourPlace,
  untilMs: number = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const names: string[] = [];
  const startAfter = rawHourPrefix(dataset, firstArrival(hour));
  for await (const key of storage.keys(rawPrefix(dataset), { startAfter })) {
    const name = rawNameAt(dataset, key);
    if (name === undefined) continue;
    if (arrivalMs(name) > untilMs) break;
    names.push(name);
  }
  return names;
}

/**
 * The hour's records, as segments, where no ledger or segment lists its answers. Reads from the hour itself,
 * and from the answers that are still known, hour of arrival by hour of arrival, for as long as any shows the
 * hour; so a year of archive is not read for one hour.
 */
export async function runsAround(
  deps: ReadingDeps,
  place: HourPlace,
  known: ReadonlySet<string>,
  keepRun: KeepRun,
): Promise<StoredSegment[]> {
  const { storage } = deps;
  const { dataset, hour } = place;
  const knownHours = new Set([...known].map(arrivalHour));
  const runs: StoredSegment[] = [];
  const seen = new Set<Hour>();
  const walk = async (from: Hour, step: 1 | -1): Promise<void> => {
    let empty = 0;
    for (let at = from; at >= firstArrival(hour) && !seen.has(at); at = addHours(at, step)) {
      seen.add(at);
      const names: string[] = [];
      for await (const key of storage.keys(rawHourPrefix(dataset, at))) {
        const name = rawNameAt(dataset, key);
        if (name !== undefined) names.push(name);
      }
      const found = await sortedRuns(
        deps,
        place,
        names.filter((name) => !known.has(name)),
        keepRun,
      );
      runs.push(...found.runs);
      if (found.shown.length > 0 || knownHours.has(at)) empty = 0;
      else if (names.length > 0 || ++empty > EMPTY_HOURS_MAX) return;
    }
  };
  for (const from of [hour, ...[...knownHours].sort()]) {
    await walk(from, 1);
    await walk(addHours(from, -1), -1);
  }
  return runs;
}
