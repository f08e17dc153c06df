import type { Hour } from '../../dataset/hour.js';

/** A difference between what stands in the lake and what the archive says. `where` is an hour or a key. */
export interface Finding {
  readonly where: string;
  readonly what: string;
}

/** What `fernlake verify` reports. Counts are of appearances in the archive. */
export interface AuditReport {
  readonly dataset: string;
  readonly lake: string;
  /** Raw objects read. */
  readonly raws: number;
  /** Appearances in them; = landed + duplicates + quarantined + open + uncarried, or there is a finding. */
  readonly records: number;
  readonly landed: number;
  readonly duplicates: number;
  /** Appearances in quarantine, also of hours that are open still; and how many records these are. */
  readonly quarantined: number;
  readonly quarantinedRecords: number;
  /** In segments whose hour is not sealed yet. */
  readonly open: number;
  /** Archived, and in no ledger and no segment yet. */
  readonly uncarried: number;
  readonly missing: number;
  readonly hours: number;
  /** What stayed shut for lack of keys: their ids, the appearances, and the hours that could not be computed again. */
  readonly shut: {
    readonly keys: readonly string[];
    readonly records: number;
    readonly hours: readonly Hour[];
  };
  readonly findings: readonly Finding[];
  /** Hours that were sealed again while they were checked, and so were not judged. */
  readonly moved: readonly Hour[];
}
