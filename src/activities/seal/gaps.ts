import { countIds, type IdRange, normalizeRanges } from '../../lake/id-ranges.js';
import { completeness, type Ledger, type LedgerIds } from '../../lake/ledger.js';

interface Seen {
  /** Lowest and highest id of all that was seen, be it in quarantine. */
  readonly first: number | null;
  readonly last: number | null;
  readonly landed: number;
}

/** The ledger's `ids` and `complete`. */
export function ledgerIds(
  { first, last, landed }: Seen,
  missing: readonly IdRange[],
  told: readonly string[] = [],
): { ids: LedgerIds; complete: number } {
  const missingCount = countIds(missing);
  const far = told.length > 0 ? { told } : {};
  return {
    ids: { first, last, missing, missingCount, ...far },
    complete: completeness(landed, missingCount),
  };
}

/** The lowest and the highest. */
export const firstAndLast = (ids: readonly IdRange[]): { first: number | null; last: number | null } => ({
  first: ids[0]?.[0] ?? null,
  last: ids.at(-1)?.[1] ?? null,
});

/** An hour's ids, and those that its ledger knows: of what was in quarantine when it was written it alone tells. */
export function withEnds(ids: readonly IdRange[], ledger: Ledger | undefined): IdRange[] {
  const ends = [ledger?.ids.first, ledger?.ids.last].filter((id) => typeof id === 'number');
  return normalizeRanges([...ids, ...ends.map((id) => [id, id] as const)]);
}
