import type { Hour } from '../dataset/hour.js';
import type { Ledger, QuarantineCounts } from '../lake/ledger.js';
import type { Observation } from '../workflows/pace.js';
import type { QuarantineReason } from '../dataset/reason.js';
import type { Ref } from './ref.js';
import type {
  CarryInput,
  CarryResult,
  FindInput,
  FindResult,
  SealedInput,
  SealedResult,
} from './reprocess-contract.js';

/**
 * What the workflows may ask for. Everything here goes through Temporal's history, so it holds references, counts and
 * names: never a record, a token or a key. Every activity may run twice; each leaves the same bytes.
 */
export interface Activities {
  /** Asks the source once and archives the answer, byte for byte, before anything else. */
  fetch(input: FetchInput): Promise<FetchResult>;
  /** Lists what the archive holds and nobody has processed, and the hours that have unsealed segments. */
  survey(input: SurveyInput): Promise<SurveyResult>;
  /** Opens the tokens of some archived answers; what no key opens goes into quarantine with its envelope. */
  decrypt(input: DecryptInput): Promise<DecryptResult>;
  /** Reads each plaintext as a record and gives it the compact form; what is no record goes into quarantine. */
  compact(input: CompactInput): Promise<CompactResult>;
  /** Sorts the records by the hour of their event: one segment an hour touched. */
  partition(input: PartitionInput): Promise<PartitionResult>;
  /** Packs every part of a manifest. */
  gzip(input: GzipInput): Promise<Ref>;
  /** Puts every part of a manifest where it belongs. */
  upload(input: UploadInput): Promise<UploadResult>;
  /** Reads an hour's segments and its sealed object, and makes the rows and the ledger's draft of the next revision. */
  merge(input: MergeInput): Promise<MergeResult>;
  /** Writes the ledger; only then removes what was merged. */
  settle(input: SettleInput): Promise<SettleResult>;
  /** Tells the catalogue of a sealed hour, where the worker has one. */
  register(input: RegisterInput): Promise<RegisterResult>;
  /** For `reprocess`: decrypt, compact, partition, gzip and upload of one batch at once, with nothing staged in between. */
  carry(input: CarryInput): Promise<CarryResult>;
  /** For `reprocess`: answers that nobody has carried. */
  findUncarried(input: FindInput): Promise<FindResult>;
  /** Answers with something in quarantine that could land by now. */
  findRedrivable(input: FindInput): Promise<FindResult>;
  /** The sealed hours of a range, page by page. */
  listSealed(input: SealedInput): Promise<SealedResult>;
  /** Removes a run's scratch, and scratch that any dead run left behind. */
  sweep(input: SweepInput): Promise<void>;
}

export interface FetchInput {
  readonly dataset: string;
  /** Newest id of the poll before; null when there is none. */
  readonly afterId: number | null;
  /** Ask at this instant (ms since 1970), at most WAIT_MS_MAX from now: the server's own timers may be a second late. */
  readonly dueAtMs?: number;
}

export interface FetchResult {
  readonly raw: Ref;
  readonly name: string;
  readonly fetchedAtMs: number;
  readonly observation: Observation;
}

export interface SurveyInput {
  readonly dataset: string;
  /** Everything archived before this instant is processed. null: nothing is known; the marks are rebuilt. */
  readonly processedThroughMs: number | null;
  /** Raw names at or after that instant that are processed all the same. */
  readonly processed: readonly string[];
  /** Nothing archived at or after this instant is listed. null: no bound. */
  readonly untilMs: number | null;
}

export interface SurveyResult {
  /** Raw names in order of arrival, at most LIMITS.surveyRawsMax. */
  readonly raws: readonly string[];
  /** There are more. */
  readonly more: boolean;
  readonly processedThroughMs: number;
  readonly hours: readonly Hour[];
}

export interface Scratch {
  readonly dataset: string;
  /** Folder of this batch under staging/. */
  readonly staging: string;
}

export interface DecryptInput extends Scratch {
  readonly raws: readonly string[];
  /** The answer before the first of `raws`, carried already: tells what that one repeats. */
  readonly context?: string | null;
}

export interface DecryptResult {
  readonly decrypted: Ref;
  readonly undecryptable: number;
  /** Keys of answers that are no longer in the archive. */
  readonly gone: readonly string[];
  /** Keys of answers that are in the archive, and are not what was stored. */
  readonly damaged: readonly string[];
  /** Raw names that were too much for one batch (LIMITS.batchBodyBytesMax): for the next one. */
  readonly rest?: readonly string[];
}

export interface CompactInput extends Scratch {
  readonly decrypted: Ref;
}

export interface CompactResult {
  readonly compacted: Ref;
  readonly quarantined: Readonly<Partial<Record<QuarantineReason, number>>>;
  /** Raw names whose hours were too many for one batch (LIMITS.batchHoursMax): for the next one. */
  readonly rest?: readonly string[];
  /** Event time of the newest valid record; null when there is none. */
  readonly newestEventMs: number | null;
}

export interface PartitionInput extends Scratch {
  readonly compacted: Ref;
  /** Names the segments. */
  readonly slot: string;
  readonly n: number;
  /** Answers are carried again: what was in quarantine, and can land by now, leaves it. */
  readonly again?: boolean;
}

export interface PartitionResult {
  readonly manifest: Ref;
  readonly hours: readonly Hour[];
  /** Of these, the hours with something that the answer before did not show just so. */
  readonly news: readonly Hour[];
  /** Appearances with a readable hour. */
  readonly entries: number;
}

export interface GzipInput extends Scratch {
  readonly manifest: Ref;
}

export interface UploadInput {
  readonly dataset: string;
  readonly manifest: Ref;
}

export interface UploadResult {
  /** What was put into the lake. */
  readonly bytes: number;
  /** Appearances that were not in quarantine before. */
  readonly quarantined: QuarantineCounts;
  /** The sealed object, when the manifest held one. */
  readonly object: PlacedObject | null;
  /** The hour's Parquet file, when the manifest held one. */
  readonly parquet?: PlacedObject;
}

export interface PlacedObject {
  readonly key: string;
  readonly etag: string;
  readonly ref: Ref;
}

export interface MergeInput extends Scratch {
  readonly hour: Hour;
  readonly contiguousIds: boolean;
  /** From the archive, whatever stands. */
  readonly rebuild?: boolean;
  /** Raw names of answers far off that show ids in gaps of this hour, by what other seals have found. */
  readonly told?: readonly string[];
  /**
   * Before the hour's first seal: what arrived up to this instant (ms since 1970) must have been carried. Left out: it was looked
   * after already.
   */
  readonly accountThroughMs?: number;
}

export interface MergeResult {
  /** Raw names that must be carried first, since they could show records of this hour; nothing was merged then. */
  readonly forgotten?: readonly string[];
  /** `nothing`: no unsealed appearance; `draft` then only names what to tidy. */
  readonly outcome: 'sealed' | 'nothing';
  readonly draft: Ref;
  /** One part: the rows. null when the hour has none. */
  readonly manifest: Ref | null;
  readonly revision: number;
  readonly landed: number;
  readonly rebuilt: boolean;
  /** Keys of files of this hour that could not be read: they are made anew, or go, once the ledger stands. */
  readonly damaged: readonly string[];
}

export interface SettleInput extends Scratch {
  readonly hour: Hour;
  readonly draft: Ref;
  readonly object: UploadResult['object'];
  readonly parquet?: PlacedObject;
  /** ISO time; from the workflow's clock, so that a retry writes the same ledger. */
  readonly sealedAt: string;
}

export interface SettleResult {
  /** null when there was nothing to seal. */
  readonly ledger: LedgerSummary | null;
  /** Hours whose missing ids this seal may have changed. */
  readonly recheck: readonly Recheck[];
  /** There is a catalogue to tell of the hour. */
  readonly register?: true;
}

export interface Recheck {
  readonly hour: Hour;
  /** It is sealed, and is to be computed again now; else it is only told of the answers. */
  readonly now: boolean;
  /** Raw names of answers that it may not find by itself. */
  readonly told: readonly string[];
}

export interface RegisterInput {
  readonly dataset: string;
  readonly hour: Hour;
}

export interface RegisterResult {
  /** Forms of the hour that the catalogue did not know yet. */
  readonly registered: readonly ('ndjson' | 'parquet')[];
}

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
  readonly firstId: number | null;
  readonly lastId: number | null;
  readonly raws: number;
}

export interface SweepInput extends Scratch {
  /** Scratch of other runs older than this is removed, too. */
  readonly olderThanMs: number;
  /** So are unfinished uploads of this dataset older than this. */
  readonly uploads?: boolean;
}
