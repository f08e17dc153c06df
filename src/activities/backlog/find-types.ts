export interface FindInput {
  readonly dataset: string;
  /** Raw name to go on behind; null: from the start. */
  readonly after: string | null;
  /**
   * Slots whose segments need not be read: whoever asks has made them itself, from answers up to `after`.
   * Without this, each search would read all that the searches before it led to.
   */
  readonly passedSlots?: readonly string[];
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
