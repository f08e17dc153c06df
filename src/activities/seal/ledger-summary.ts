import type { Ledger } from '../../lake/ledger.js';

/** A ledger without its long lists. */
export interface LedgerSummary extends Pick<
  Ledger,
  | 'hour'
  | 'revision'
  | 'seen'
  | 'landed'
  | 'duplicates'
  | 'quarantined'
  | 'late'
  | 'complete'
  | 'object'
  | 'sizes'
> {
  readonly missingCount: number;
  /** Where it is a number: a text may say anything, and this stands in Temporal's history. */
  readonly firstId: number | null;
  readonly lastId: number | null;
  readonly raws: number;
}
