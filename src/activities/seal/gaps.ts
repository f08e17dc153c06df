import { countIds, type IdRange, normalizeRanges } from '../../lake/id-ranges.js';
import { compareIds, type RecordId } from '../../dataset/record-id.js';
import type { HourFacts } from './tally.js';
import { completeness, type Ledger, type LedgerIds } from '../../lake/ledger.js';

interface Seen {
  /** Lowest and highest id seen, quarantined records included. */
  readonly first: RecordId | null;
  readonly last: RecordId | null;
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

/**
 * The lowest and the highest id, of numbers and texts. The ledger's own first and last count for texts, too.
 */
export function firstAndLast(
  ids: readonly IdRange[],
  texts: HourFacts['texts'] = null,
  ledger?: Ledger,
): Pick<LedgerIds, 'first' | 'last'> {
  const known = [ledger?.ids.first, ledger?.ids.last, texts?.first, texts?.last];
  const all = known.filter((id) => typeof id === 'string').sort(compareIds);
  return { first: ids[0]?.[0] ?? all[0] ?? null, last: all.at(-1) ?? ids.at(-1)?.[1] ?? null };
}

/**
 * An hour's whole-number ids, with the first and last that its ledger knows: only the ledger knows ids that
 * were in quarantine when it was written.
 */
export function withEnds(ids: readonly IdRange[], ledger: Ledger | undefined): IdRange[] {
  const ends = [ledger?.ids.first, ledger?.ids.last].filter((id) => typeof id === 'number');
  return normalizeRanges([...ids, ...ends.map((id) => [id, id] as const)]);
}
