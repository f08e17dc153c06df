import type { Hour } from '../../dataset/hour.js';
import type { RowsPart } from '../parts.js';
import type { Ref, Scratch } from '../ref.js';

export interface MergeInput extends Scratch {
  readonly hour: Hour;
  readonly contiguousIds: boolean;
  /** From the archive, whatever stands. */
  readonly rebuild?: boolean;
  /** Raw names of answers far off that show ids in gaps of this hour, by what other seals have found. */
  readonly told?: readonly string[];
  /**
   * Before the hour's first seal: everything that arrived up to this instant (ms since 1970) must have been
   * carried; and for a rebuilt hour, its answers must be known to all hours that they show. Left out: this
   * was checked already.
   */
  readonly accountThroughMs?: number;
}

export interface MergeResult {
  /** Raw names that must be carried first, since they could show records of this hour; nothing was merged then. */
  readonly forgotten?: readonly string[];
  /** `nothing`: no unsealed appearance; `draft` then only names what to tidy. */
  readonly outcome: 'sealed' | 'nothing';
  readonly draft: Ref;
  /** The rows, once for each form to be written; empty where the hour has no rows, or no changed ones. */
  readonly rows: readonly RowsPart[];
  readonly revision: number;
  readonly landed: number;
  readonly rebuilt: boolean;
  /**
   * Keys of files of this hour that could not be read: they are written anew or removed once the ledger
   * stands.
   */
  readonly damaged: readonly string[];
}

/** Reads an hour's segments and its sealed object, and makes the rows and the ledger's draft of the next revision. */
export type Merge = (input: MergeInput) => Promise<MergeResult>;
