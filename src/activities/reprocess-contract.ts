import type { Hour } from '../dataset/hour.js';
import type { QuarantineCounts } from '../lake/ledger.js';
import type { PartitionInput } from './contract.js';

/** What the activities of `reprocess` alone are given and answer; the rest is in contract.ts. */

export interface CarryInput extends Pick<PartitionInput, 'dataset' | 'slot' | 'n' | 'again'> {
  /** Raw names, in order of arrival. */
  readonly raws: readonly string[];
  /** The answer before the first of `raws`: what the source moved past between the two is a gap. */
  readonly context?: string | null;
}

export interface CarryResult {
  /** Appearances with a readable hour. */
  readonly records: number;
  readonly undecryptable: number;
  /** Keys of answers that are no longer in the archive. */
  readonly gone: readonly string[];
  /** Keys of answers that are in the archive, and are not what was stored. */
  readonly damaged: readonly string[];
  /** Appearances that were not in quarantine before. */
  readonly quarantined: QuarantineCounts;
  /** What was put into the lake. */
  readonly bytes: number;
  readonly hours: readonly Hour[];
  /** Raw names that were too much for one batch (src/activities/carry/activity.ts); at least one was not. */
  readonly rest: readonly string[];
}

export interface FindInput {
  readonly dataset: string;
  /** Raw name to go on behind; null: from the start. */
  readonly after: string | null;
  /**
   * Slots of segments that hold nothing behind `after`, since whoever asks has made them of what stands in front of it. They are
   * not read: each search would read all that the ones before it led to.
   */
  readonly passedSlots?: readonly string[];
}

export interface FindResult {
  readonly raws: readonly string[];
  /** The answer before the first of `raws` in the archive, carried or not; left out where none is known. */
  readonly before?: string | null;
  /** Some of them stand in quarantine, which they are to leave as far as they can land; or their quarantine object is damaged. */
  readonly again?: boolean;
  /** Raw name up to which it was looked; null: to the end. */
  readonly next: string | null;
}

export interface SealedInput {
  readonly dataset: string;
  /** Both included; null: no bound. */
  readonly from: Hour | null;
  readonly to: Hour | null;
  /** Hour to go on behind; null: from the start. */
  readonly after: Hour | null;
}

/** `next`: the hour to go on behind; null: it was the last page. */
export interface SealedResult {
  readonly hours: readonly Hour[];
  readonly next: Hour | null;
}
