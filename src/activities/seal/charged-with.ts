import { containsId, type IdRange, rangesOf } from '../../lake/id-ranges.js';
import { readLedger } from '../../lake/ledgers.js';
import { valueOf } from '../../lake/outcome.js';
import type { Beside } from './draft.js';
import { HoursById } from './hours-by-id.js';
import type { Place } from './missing.js';

/** Ids in these answers for which their hours are looked for. */
const IDS_MAX = 32;

/**
 * Ids in answers whose records all lack an hour, so that they stand in quarantine alone; and the hours that
 * are charged with these ids. No other seal would tell those hours that the ids came.
 */
export async function chargedWith(
  { storage, archive, dataset, hour }: Place,
  alone: readonly string[],
): Promise<{ ids: readonly IdRange[]; beside: Beside[] }> {
  const shown = (await archive.read(alone)).map((answer) => (answer?.lowest ? [] : (answer?.homeless ?? [])));
  const ids = rangesOf(shown.flat());
  if (ids.length === 0) return { ids, beside: [] };
  const beside: Beside[] = [];
  const hours = new HoursById(storage, dataset, hour);
  for (const other of await hours.around(ids.slice(-IDS_MAX).map(([from]) => from))) {
    const missing = valueOf(await readLedger(storage, dataset, other))?.ledger.ids.missing ?? [];
    const raws = alone.filter((_, i) => shown[i]!.some((id) => containsId(missing, id)));
    if (raws.length > 0) beside.push({ hour: other, missing: [], arrivedMs: null, raws });
  }
  return { ids, beside };
}
