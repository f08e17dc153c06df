import pMap from 'p-map';
import type { Hour } from '../../dataset/hour.js';
import { arrivalHour, quarantineHourPrefix, quarantineKey } from '../../lake/keys.js';
import { quarantinedNameAt } from '../../lake/names.js';
import { valueOf } from '../../lake/outcome.js';
import { readQuarantine } from '../../lake/quarantine.js';
import { SegmentCursor } from '../../lake/segment-cursor.js';
import type { Storage } from '../../storage/port.js';
import type { ReadingDeps } from '../deps.js';
import type { StaleConflict } from './draft.js';
import { type HourPlace, keepInMemory, sortedRuns } from './sorted-runs.js';
import type { HourFacts } from './tally.js';

const READS_AT_ONCE = 8;

/**
 * Records of a rebuilt hour that quarantine calls conflicting duplicates, and that are none by now: an earlier answer came since,
 * with the same content.
 */
export async function staleConflicts(
  deps: ReadingDeps,
  place: HourPlace,
  { raws, conflicts }: Pick<HourFacts, 'raws' | 'conflicts'>,
): Promise<StaleConflict[]> {
  const now = new Set(conflicts.map(({ raw, index }) => placeOf(raw, index)));
  const suspects = new Set<string>();
  const names = await quarantinedOf(deps.storage, place.dataset, raws);
  await pMap(
    names,
    async (name) => {
      const key = quarantineKey(place.dataset, name);
      for (const { reason, index } of valueOf(await readQuarantine(deps.storage, key)) ?? [])
        if (reason === 'conflicting-duplicate' && !now.has(placeOf(name, index)))
          suspects.add(placeOf(name, index));
    },
    { concurrency: READS_AT_ONCE },
  );
  if (suspects.size === 0) return [];
  // The answer may show other hours, too, whose conflicts are not judged here.
  const stale: StaleConflict[] = [];
  const { runs } = await sortedRuns(deps, place, names, keepInMemory);
  for (const run of runs) {
    const cursor = new SegmentCursor(run.open());
    try {
      for (let any = await cursor.begin(); any; any = cursor.next() || (await cursor.fill())) {
        const { raw, index } = cursor;
        if (suspects.has(placeOf(raw, index))) stale.push({ raw, index });
      }
    } finally {
      await cursor.close();
    }
  }
  return stale;
}

const placeOf = (raw: string, index: number): string => `${raw} ${index}`;

/** Of these answers, those of which anything is in quarantine. */
async function quarantinedOf(storage: Storage, dataset: string, raws: readonly string[]): Promise<string[]> {
  const shown = new Set(raws);
  const names: string[] = [];
  for (const hour of new Set<Hour>(raws.map(arrivalHour)))
    for await (const key of storage.keys(quarantineHourPrefix(dataset, hour))) {
      const name = quarantinedNameAt(dataset, key);
      if (name !== undefined && shown.has(name)) names.push(name);
    }
  return names.sort();
}
