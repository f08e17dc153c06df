import { countIds, type IdRange, subtractRanges } from './id-ranges.js';
import { completeness, type LedgerIds } from './ledger.js';

/**
 * The ids that should lie in an hour and do not: from behind the last id of the sealed hour before (or from the hour's
 * own first id, where there is none, or the ids went back) to the hour's own last id.
 */
export function missingCandidates(ids: readonly IdRange[], lastIdBefore: number | null): IdRange[] {
  const first = ids[0]?.[0];
  const last = ids.at(-1)?.[1];
  if (first === undefined || last === undefined) return [];
  const from = lastIdBefore !== null && lastIdBefore < first ? lastIdBefore + 1 : first;
  return subtractRanges([[from, last]], ids);
}

/** The ledger's `ids` and `complete`. */
export function ledgerIds(
  ids: readonly IdRange[],
  missing: readonly IdRange[],
): { ids: LedgerIds; complete: number } {
  const missingCount = countIds(missing);
  return {
    ids: { first: ids[0]?.[0] ?? null, last: ids.at(-1)?.[1] ?? null, missing, missingCount },
    complete: completeness(countIds(ids), missingCount),
  };
}
