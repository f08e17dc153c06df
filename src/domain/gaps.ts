import { countIds, type IdRange, shareIds, subtractRanges } from './id-ranges.js';
import { completeness, type LedgerIds } from './ledger.js';

/**
 * The ids that should lie in an hour and do not: from behind the last id of the sealed hour before (or from the hour's
 * own first id, where there is none, or the ids went back) to the hour's own last id.
 */
export function missingCandidates(ids: readonly IdRange[], lastIdBefore: number | null): IdRange[] {
  const first = ids[0]?.[0];
  const last = ids.at(-1)?.[1];
  if (first === undefined || last === undefined) return [];
  return subtractRanges([[countsFrom(first, lastIdBefore), last]], ids);
}

/**
 * Whether a sealed hour may miss other ids than its ledger says, now that the sealed hour before it has these `ids`, and
 * had, or the one that was in its place had, `lastIdBefore` as its last.
 */
export function missesOthers(
  { first, missing }: LedgerIds,
  lastIdBefore: number | null,
  ids: readonly IdRange[],
): boolean {
  const last = ids.at(-1)?.[1];
  if (first === null || last === undefined) return false;
  const [from, fromBefore] = [countsFrom(first, last), countsFrom(first, lastIdBefore)];
  if (from < fromBefore) return true;
  const [earliest] = missing;
  return (from > fromBefore && earliest !== undefined && earliest[0] < from) || shareIds(missing, ids);
}

/** Where an hour's ids count from. */
const countsFrom = (first: number, lastIdBefore: number | null): number =>
  lastIdBefore !== null && lastIdBefore < first ? lastIdBefore + 1 : first;

/**
 * The ids of which the ledger of an hour with contiguous ids proves that they came, be it to this hour or to another: all from
 * its first to its last, but for those it misses.
 */
export const idsThatCame = ({ first, last, missing }: LedgerIds): IdRange[] =>
  first === null || last === null ? [] : subtractRanges([[first, last]], missing);

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
