import { type Hour, hourOf } from '../../dataset/hour.js';
import { arrivalMs, compactTime, rawHourPrefix, rawPrefix, segmentsPrefix } from '../../lake/keys.js';
import { LIMITS } from '../../limits.js';
import type { Storage } from '../../storage/port.js';
import type { ActivityDeps } from '../deps.js';
import { rawNameAt, segmentHourAt } from '../../lake/names.js';
import { currentPulse } from '../pulse.js';

export interface SurveyInput {
  readonly dataset: string;
  /** Everything archived before this instant is processed. null: nothing is known; the marks are rebuilt. */
  readonly processedThroughMs: number | null;
  /** Raw names at or after that instant that are processed all the same. */
  readonly processed: readonly string[];
  /** Nothing archived at or after this instant is listed. null: no bound. */
  readonly untilMs: number | null;
}

export interface SurveyResult {
  /** Raw names in order of arrival, at most LIMITS.surveyRawsMax. */
  readonly raws: readonly string[];
  /** There are more. */
  readonly more: boolean;
  readonly processedThroughMs: number;
  readonly hours: readonly Hour[];
}

/** Lists what the archive holds and nobody has processed, and the hours that have unsealed segments. */
export type Survey = (input: SurveyInput) => Promise<SurveyResult>;

/** How far back a new schedule on an old lake looks for what nobody processed. */
const REBUILD_MS = 24 * 3_600_000;

export const createSurvey =
  ({ storage }: ActivityDeps): Survey =>
  async ({ dataset, processedThroughMs, processed, untilMs }) => {
    const pulse = currentPulse();
    const sinceMs = processedThroughMs ?? (await rebuiltMark(storage, dataset));
    const known = new Set(processed);
    const raws: string[] = [];
    let more = false;
    // Compared as text: a raw name begins with its time.
    const since = compactTime(sinceMs);
    const until = untilMs === null ? undefined : compactTime(untilMs);
    const startAfter = `${rawHourPrefix(dataset, hourOf(sinceMs))}${since.slice(0, -1)}`;
    for await (const name of rawNames(storage, dataset, startAfter)) {
      if (until !== undefined && name >= until) break;
      if (name < since || known.has(name)) continue;
      if (raws.length === LIMITS.surveyRawsMax) {
        more = true;
        break;
      }
      raws.push(name);
      if (raws.length % 100 === 0) pulse.beat();
    }
    return { raws, more, processedThroughMs: sinceMs, hours: await openHours(storage, dataset) };
  };

/** Names of the archived answers, ascending; other files that lie there are passed over. */
async function* rawNames(storage: Storage, dataset: string, startAfter = ''): AsyncGenerator<string> {
  for await (const key of storage.keys(rawPrefix(dataset), { startAfter })) {
    const name = rawNameAt(dataset, key);
    if (name !== undefined) yield name;
  }
}

/** Hours that have unsealed segments; the newest LIMITS.surveyHoursMax of them. */
async function openHours(storage: Storage, dataset: string): Promise<Hour[]> {
  const prefix = segmentsPrefix(dataset);
  const hours = new Set<Hour>();
  for await (const key of storage.keys(prefix)) {
    const hour = segmentHourAt(dataset, key);
    if (hour) hours.add(hour);
    // The listing ascends.
    if (hours.size > 2 * LIMITS.surveyHoursMax)
      for (const oldest of [...hours].slice(0, LIMITS.surveyHoursMax)) hours.delete(oldest);
  }
  return [...hours].slice(-LIMITS.surveyHoursMax);
}

/**
 * Where a schedule without a memory starts: a day before the newest answer. What is carried twice changes nothing, since
 * the seal knows each hour's answers by name.
 */
async function rebuiltMark(storage: Storage, dataset: string): Promise<number> {
  const first = await firstOf(rawNames(storage, dataset));
  if (first === undefined) return 0;
  const newest = await newestAfter(storage, dataset, arrivalMs(first));
  return Math.max(arrivalMs(first), newest - REBUILD_MS);
}

/** Time of the newest answer, by halving the span of hours: a lake of ten years costs some twenty listings. */
async function newestAfter(storage: Storage, dataset: string, firstMs: number): Promise<number> {
  const anyAfter = async (ms: number): Promise<string | undefined> => {
    const startAfter = `${rawHourPrefix(dataset, hourOf(ms))}${compactTime(ms)}`;
    return await firstOf(rawNames(storage, dataset, startAfter));
  };
  let low = firstMs;
  let step = 3_600_000;
  for (;;) {
    const found = await anyAfter(low + step);
    if (found !== undefined) {
      low = arrivalMs(found);
      step *= 2;
    } else if (step > 60_000) step = Math.floor(step / 4);
    else break;
  }
  return low;
}

async function firstOf<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item;
  return undefined;
}
