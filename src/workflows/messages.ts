import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { LedgerSummary } from '../activities/seal/ledger-summary.js';
import type { Hour } from '../dataset/hour.js';
import type { HoursByDay } from '../dataset/hour-set.js';
import type { LakeName } from '../lake/identity.js';
import type { PaceState } from '../activities/fetch/pace.js';
import type { Incremental, PageState } from './pages.js';
import type { Slot, SlotKind } from './slot.js';

/** What a run is to do; set by the schedule, from the configuration. */
export interface EtlSettings {
  /** FERNLAKE_DATASET. */
  readonly dataset: string;
  /** `{id, uri}` of FERNLAKE_LAKE: no worker with another one touches anything for this run. By hand it may be left out. */
  readonly lake?: LakeName;
  /** FERNLAKE_SLOT. */
  readonly slotMs: number;
  /** FERNLAKE_POLL_MIN. */
  readonly pollMinMs: number;
  /** FERNLAKE_POLL_MAX. */
  readonly pollMaxMs: number;
  /** FERNLAKE_POLL_MODE. */
  readonly pollMode: 'paced' | 'fixed';
  /** FERNLAKE_CONTIGUOUS_IDS. */
  readonly contiguousIds: boolean;
  /** `incremental` of fernlake.yaml: the source can be asked for more than its newest records. */
  readonly incremental?: Incremental;
  /** FERNLAKE_LATENESS. */
  readonly latenessMs: number;
  /** FERNLAKE_IDLE. */
  readonly idleMs: number;
  /** The namespace knows our search attributes (attribute-keys.ts). Without it runs do not set them. */
  readonly searchAttributes?: boolean;
}

/** A source that gives no answer: since when, and what it said last. */
export interface SourceDown {
  readonly sinceMs: number;
  /** Polls in a row that it refused. */
  readonly refusals: number;
  /** Stable code of the last refusal. */
  readonly code: string;
  /** In words, without anything that the source wrote. */
  readonly why: string;
  /** It asked (Retry-After) not to be asked before; null: it did not. */
  readonly quietUntilMs: number | null;
}

/** What passes from slot to slot: through the schedule's last result or, of a run that failed, with its failure. */
export interface EtlMemory {
  readonly pace: PaceState;
  /** Of a source that can be asked for more than its newest records: what is asked next. */
  readonly pages?: PageState;
  /** null: the source answers. */
  readonly down: SourceDown | null;
  /** Everything archived before this instant is processed. null: not known, the lake is asked. */
  readonly processedThroughMs: number | null;
  /** Raw names at or after that instant that are processed, too. */
  readonly processed: readonly string[];
  /** Event time of the newest record carried so far, never beyond the wall clock. */
  readonly watermarkMs: number | null;
  /** Hours with a seal under way that the watermark has not closed yet. */
  readonly open: readonly Hour[];
  /** Sealed hours of which segments have only repeats since `quietSinceMs`: their ledgers count them now and then. */
  readonly quiet: readonly Hour[];
  readonly quietSinceMs: number | null;
}

export interface EtlResult extends EtlMemory {
  readonly report: EtlReport;
}

/** What a run of the same slot, whose history had grown too large, hands on. */
export interface EtlEarlier {
  readonly slot: Slot;
  readonly memory: EtlMemory;
  readonly report: EtlReport;
}

export interface EtlReport {
  /** ISO time of the slot's start. */
  readonly slot: string;
  readonly kind: SlotKind;
  readonly polls: number;
  /** Ids that no poll before had shown. */
  readonly fresh: number;
  /** Ranges of ids that the source's window moved past before they were fetched; the newest of them. */
  readonly lost: readonly { readonly from: number; readonly to: number }[];
  /** Ids in all such ranges; where ids are text, at least so many records: one for each window that showed none of the one before. */
  readonly lostCount: number;
  readonly batches: number;
  /** Appearances carried. */
  readonly records: number;
  readonly quarantined: number;
  /** With something new; the newest of them. */
  readonly hours: readonly Hour[];
  readonly ratePerSecond: number | null;
}

export interface SealSettings {
  /** FERNLAKE_DATASET. */
  readonly dataset: string;
  /** As in `etl`. */
  readonly lake?: LakeName;
  /** The event hour in UTC, such as `2023-04-20T13`. */
  readonly hour: Hour;
  /** FERNLAKE_LATENESS. */
  readonly latenessMs: number;
  /** FERNLAKE_IDLE. */
  readonly idleMs: number;
  /** FERNLAKE_CONTIGUOUS_IDS. */
  readonly contiguousIds: boolean;
  /** As in `etl`. */
  readonly searchAttributes?: boolean;
}

export interface SealInput extends SealSettings {
  readonly watermarkMs: number | null;
  /** Seal at once, whatever the clocks say: a neighbour changed, or an operator asked. */
  readonly now?: boolean;
  /** Compute the hour again from the archive, with the keys and rules of today. */
  readonly rebuild?: boolean;
  /** Raw names of answers far off that show ids in gaps of this hour. */
  readonly told?: readonly string[];
}

export interface SealResult {
  readonly ledger: LedgerSummary | null;
  readonly seals: number;
}

/** The workflow `sealHour`, by its type alone: whoever starts it is started by it, too. */
export type SealHour = (input: SealInput) => Promise<SealResult>;

/** New segments, a newer watermark, or both. Only a nudge: the listing is the truth. */
export interface Advance {
  readonly watermarkMs: number | null;
  readonly segments: boolean;
  readonly now?: boolean;
  readonly rebuild?: boolean;
  /** As in SealInput. */
  readonly told?: readonly string[];
}

export const advance = defineSignal<[Advance]>('advance');
export const sealNow = defineUpdate<void>('sealNow');
export const pollNow = defineUpdate<void>('pollNow');

export interface EtlStatus {
  readonly kind: SlotKind;
  readonly polls: number;
  readonly fresh: number;
  readonly pending: number;
  /** null until one is known, and where ids are text. */
  readonly newestId: number | null;
  readonly ratePerSecond: number | null;
  readonly nextPollAtMs: number;
  readonly lastError: string | null;
  /** null: the source answers. */
  readonly down: SourceDown | null;
}
export const etlStatus = defineQuery<EtlStatus>('status');

export interface SealStatus {
  readonly hour: Hour;
  readonly state: 'open' | 'sealing' | 'sealed';
  readonly watermarkMs: number | null;
  /** When the wall clock closes it, should the source stay quiet. */
  readonly closesAtMs: number;
  readonly seals: number;
}
export const sealStatus = defineQuery<SealStatus>('status');

/** `rebuild`: every sealed hour of the range from the archive. `redrive`: what in quarantine can land by now. */
export interface ReprocessInput extends Omit<SealSettings, 'hour'> {
  /** `rebuild`: what nobody has carried, then every sealed hour of the range. `redrive`: what can leave quarantine. */
  readonly mode: 'rebuild' | 'redrive';
  /** First event hour; null: no bound. */
  readonly from: Hour | null;
  /** Last event hour, included; null: no bound. */
  readonly to: Hour | null;
  /** Activities at once, over all workers; left out: as many as are sent to one worker. */
  readonly atOnce?: number;
}

export interface ReprocessResult {
  /** Answers that were carried: nobody had, or something in them can land by now. */
  readonly carried: number;
  /** Sealed hours that were computed again. */
  readonly hours: number;
  /** Hours that were sealed for the first time. */
  readonly sealed: number;
  /** Of those computed again, hours whose object or ledger is another one now. */
  readonly changed: HoursByDay;
  /** Hours whose seal was running already; it was told. */
  readonly nudged: HoursByDay;
  /** Keys of answers that are no longer in the archive. */
  readonly gone: readonly string[];
  /** Keys of answers that are in the archive, and are not what was stored. */
  readonly damaged: readonly string[];
  /** What could not be done, and why; all else was. */
  readonly failed: readonly ReprocessFailure[];
  /** How many more hours, answers and failures there are than are named here. */
  readonly unnamed: number;
}

export interface ReprocessFailure {
  /** An hour, the answers of a batch, or the span of a piece. */
  readonly what: string;
  readonly code: string;
  readonly why: string;
}

/** First the hours of arrival are looked through (`carry`), then event hours are sealed (`seal`). */
export type ReprocessStep = 'carry' | 'seal';

export interface ReprocessStatus extends ReprocessResult {
  readonly step: ReprocessStep | 'done';
  /** Hours of this step that are done, and that are known of. */
  readonly done: number;
  readonly total: number;
  /** When this step began, in milliseconds since 1970. */
  readonly stepStartedMs: number;
  readonly atOnce: number;
}

/** What a run whose history had grown too large hands on. */
export interface ReprocessEarlier extends Omit<ReprocessStatus, keyof ReprocessResult | 'step' | 'total'> {
  readonly step: ReprocessStep;
  /** Names its segments, and its children. */
  readonly run: string;
  /** Last hour of this step that is done; null: none. */
  readonly behind: Hour | null;
  /** Hours of which something was carried. */
  readonly touched: HoursByDay;
  /** Event time of the newest record carried. */
  readonly watermarkMs: number | null;
  readonly result: ReprocessResult;
}

/** A part of the archive, by hour of arrival: what in it is to be carried. */
export interface CarryPiece extends Pick<
  ReprocessInput,
  'dataset' | 'lake' | 'mode' | 'contiguousIds' | 'searchAttributes'
> {
  /** Of the `reprocess` that it is a piece of: begins the names of all its segments. */
  readonly run: string;
  /** First hour of arrival. */
  readonly from: Hour;
  /** Last hour of arrival, included. */
  readonly to: Hour;
  /** Batches carried at once. */
  readonly atOnce: number;
}

/** What a run of a piece whose history had grown too large hands on. */
export interface CarryEarlier {
  /** Raw name up to which answers were carried. */
  readonly after: string | null;
  /** Batches so far. */
  readonly batches: number;
  readonly result: CarryPieceResult;
}

export interface CarryPieceResult extends ReprocessResult {
  readonly touched: HoursByDay;
  readonly newestEventMs: number | null;
}

/** Hours that are to be sealed, mostly of one day. */
export interface SealPiece extends Omit<SealSettings, 'hour'> {
  /** Computed again from the archive. */
  readonly again: HoursByDay;
  /** Sealed for the first time: at once, where the watermark has closed them; else when they are over. */
  readonly first: HoursByDay;
  /** Event time of the newest record that the `reprocess` has carried; null: none. */
  readonly watermarkMs: number | null;
  /** Hours sealed at once. */
  readonly atOnce: number;
}

/** As CarryEarlier. */
export interface SealEarlier {
  /** Last hour that is done. */
  readonly behind: Hour;
  readonly result: ReprocessResult;
}

export const reprocessStatus = defineQuery<ReprocessStatus>('status');
export const setAtOnce = defineSignal<[number]>('setAtOnce');
