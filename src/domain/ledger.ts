import type { Hour } from './hour.js';
import type { IdRange } from './id-ranges.js';
import type { QuarantineReason } from './reason.js';

export type QuarantineCounts = Readonly<Partial<Record<QuarantineReason, number>>>;

/**
 * What is known of one event hour. Counts are of appearances in the archive (windows overlap, so a record appears about
 * twice): `seen = landed + duplicates + quarantined`, always.
 */
export interface Ledger {
  /** FERNLAKE_DATASET. */
  readonly dataset: string;
  /** The event hour in UTC, such as `2023-04-20T13`. */
  readonly hour: Hour;
  /** 1 for the first seal; one more each time late records changed the hour. */
  readonly revision: number;
  /** When this revision was written, ISO 8601. */
  readonly sealedAt: string;
  /** What computed it: the version of the code and of the row form. */
  readonly code: string;
  /** Appearances of records of this hour in the archive. */
  readonly seen: number;
  /** Rows of the object: one for each record. */
  readonly landed: number;
  /** Appearances of records that had landed already. */
  readonly duplicates: number;
  /** Appearances that could not land, by reason. */
  readonly quarantined: QuarantineCounts;
  /** Of `landed`, how many came after the first seal. */
  readonly late: number;
  /** Which ids came, and which did not. */
  readonly ids: LedgerIds;
  /** Landed and quarantined ids over those and the missing ones, 0..1. */
  readonly complete: number;
  /** null when every record of the hour is in quarantine: an hour without rows has no object. */
  readonly object: LedgerObject | null;
  /** The same rows as Parquet, where that is written (FERNLAKE_FORMATS). */
  readonly parquet?: LedgerObject;
  /** Bytes of the landed rows: readable minified JSON lines, compact lines, and the object. */
  readonly sizes: { readonly json: number; readonly compact: number; readonly gzip: number };
  /** Landed rows by the id of the key that opened them. */
  readonly keys: Readonly<Record<string, number>>;
  /** Keys of every raw object that showed a record of this hour, ascending. */
  readonly raw: readonly string[];
}

export interface LedgerIds {
  /** Lowest id seen in the hour; null when none is known. */
  readonly first: number | null;
  /** Highest id seen in the hour. */
  readonly last: number | null;
  /** Ids between ids seen that never came; the lower edge is the last id of the sealed hour before. */
  readonly missing: readonly IdRange[];
  /** How many ids these are. */
  readonly missingCount: number;
}

export interface LedgerObject {
  /** Where it lies in the lake. */
  readonly key: string;
  /** Its size as stored. */
  readonly bytes: number;
  /** SHA-256 of its bytes, in hex. */
  readonly sha256: string;
  /** The storage's own mark of this version: what the next revision's write is conditional on. */
  readonly etag: string;
  /** Records in it. */
  readonly rows: number;
  /** Of Parquet: the added fields that it has columns of, as FERNLAKE_FIELDS had them; absent where there were none. */
  readonly fields?: string;
}

/** Sum over all reasons. */
export function quarantinedTotal(counts: QuarantineCounts): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

/** As stored: indented, since people read it. */
export function encodeLedger(ledger: Ledger): string {
  return `${JSON.stringify(ledger, null, 2)}\n`;
}

/** Throws SyntaxError for what is not a ledger. */
export function decodeLedger(text: string): Ledger {
  const value = JSON.parse(text) as Partial<Ledger> | null;
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof value.hour !== 'string' ||
    !Array.isArray(value.raw)
  ) {
    throw new SyntaxError('not a ledger: it has no hour or no raw list');
  }
  return value as Ledger;
}

/** Share of the ids that came, of those that should have. 1 when nothing is known to be missing. */
export function completeness(present: number, missing: number): number {
  return present + missing === 0 ? 1 : present / (present + missing);
}
