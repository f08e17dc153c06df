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
