import type { Hour } from '../../dataset/hour.js';

export interface FindInput {
  readonly dataset: string;
  /** Raw name to go on behind; null: from the start. */
  readonly after: string | null;
  /** Hours of arrival, both included; left out: no bound. */
  readonly from?: Hour;
  readonly to?: Hour;
  /**
   * A run of whoever asks: segments whose slot is this name, or begins with it and a dash, hold nothing of what is
   * searched here and are not read. Otherwise each search would read all that the searches before it led to.
   */
  readonly passed?: string;
}

export interface FindResult {
  readonly raws: readonly string[];
  /** The answer before the first of `raws` in the archive, carried or not; left out where none is known. */
  readonly before?: string | null;
  /**
   * Answers with records in quarantine that can land by now, or whose quarantine object is damaged: they are
   * carried again.
   */
  readonly again?: boolean;
  /** Raw name up to which it was looked; null: to the end. */
  readonly next: string | null;
}
