import type { Hour } from '../../dataset/hour.js';
import type { IdRange } from '../../lake/id-ranges.js';
import type { Ledger, LedgerObject } from '../../lake/ledger.js';
import type { QuarantineEntry } from '../../dataset/reason.js';

/** What `merge` has decided and `settle` does once the object stands. Staged, since its lists may be long. */
export interface Draft {
  /**
   * The ledger without what is known only once the object is written; null when there is only tidying to do.
   */
  readonly ledger: DraftLedger | null;
  /** Etag of the ledger that it replaces; null for an hour's first. */
  readonly replaces: string | null;
  /** Keys of the segments that were merged. */
  readonly segments: readonly string[];
  /** Keys of other forms of the hour that would be older than its rows. */
  readonly stale?: readonly string[];
  readonly conflicts: readonly QuarantineEntry[];
  /** Raw names of answers whose quarantine lacks something: it is added from raw/. */
  readonly requarantine?: readonly string[];
  /** Entries of quarantine that are no conflicting duplicates any more. */
  readonly staleConflicts?: readonly StaleConflict[];
  /** What is known of the hour's ids. */
  readonly ids: readonly IdRange[];
  /** Hours that may be charged with ids that are new here. */
  readonly beside: readonly Beside[];
}

export interface StaleConflict {
  readonly raw: string;
  readonly index: number;
}

export interface Beside {
  readonly hour: Hour;
  /** Missing ids right above ids of this hour, to be charged to that hour. */
  readonly missing: readonly IdRange[];
  /** When the newest answer that tells so arrived; null where it does not matter. */
  readonly arrivedMs: number | null;
  /** Answers that show what came; that hour may not find them by itself. */
  readonly raws: readonly string[];
}

export interface DraftLedger extends Omit<Ledger, 'sealedAt' | 'object' | 'parquet' | 'sizes'> {
  readonly sealedAt: string | null;
  readonly sizes: { readonly json: number; readonly compact: number };
  /** The object that stays; null when a new one is uploaded, or the hour has no rows. */
  readonly keeps: LedgerObject | null;
  /** The same of the Parquet file. */
  readonly keepsParquet?: LedgerObject;
}

/** Throws SyntaxError for what is no draft. */
export function decodeDraft(text: string): Draft {
  const value = JSON.parse(text) as Draft;
  if (!Array.isArray(value.segments)) throw new SyntaxError('not a draft');
  return value;
}
