import type { Buffer } from 'node:buffer';
import type { RefusedElement } from '../../dataset/reason.js';
import type { RecordId } from '../../dataset/record-id.js';

/**
 * Takes a record in the clear: `bytes` from `from` to `end`, in memory that is used again once this returns.
 * In the order of the answer.
 */
export type TakePlain = (
  bytes: Buffer,
  from: number,
  end: number,
  index: number,
  id: RecordId,
  keyId: string,
) => void;

/** What an answer shows beside its records in the clear. */
export interface OpenedAnswer {
  /** Of its array, whatever became of them. */
  readonly elements: number;
  /** Elements that are no record in the clear. */
  readonly refusals: readonly RefusedElement[];
  /** The highest whole-number id that an element names; null where none does. */
  readonly newestId: number | null;
}
