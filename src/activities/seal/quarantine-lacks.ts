import { quarantineKey } from '../../lake/keys.js';
import { valueOf } from '../../lake/outcome.js';
import type { RefusedElement } from '../../dataset/reason.js';
import type { HourFacts } from './tally.js';
import pMap from 'p-map';
import { readQuarantine } from '../../lake/quarantine.js';
import type { Storage } from '../../storage/port.js';

const READS_AT_ONCE = 8;

/**
 * Answers whose quarantine object does not hold all that they are refused for (gone, damaged, or a line is lost): of those that
 * were just read for a rebuilt hour.
 */
export async function lackingInQuarantine(
  storage: Storage,
  dataset: string,
  refusals: ReadonlyMap<string, readonly RefusedElement[]>,
  conflicts: HourFacts['conflicts'],
): Promise<string[]> {
  const wanted = new Map<string, Set<number>>();
  const want = (raw: string, index: number): unknown =>
    wanted.set(raw, (wanted.get(raw) ?? new Set()).add(index));
  for (const [raw, refused] of refusals) for (const { index } of refused) want(raw, index);
  for (const { raw, index } of conflicts) want(raw, index);
  const lacking: string[] = [];
  await pMap(
    [...wanted],
    async ([raw, indexes]) => {
      const stored = valueOf(await readQuarantine(storage, quarantineKey(dataset, raw))) ?? [];
      const has = new Set(stored.map(({ index }) => index));
      if ([...indexes].some((index) => !has.has(index))) lacking.push(raw);
    },
    { concurrency: READS_AT_ONCE },
  );
  return lacking.sort();
}
