/** The API that shows only its newest records. */
export interface Source {
  /**
   * Asks once; never retries (Temporal owns retries).
   * Throws FernlakeError `SourceAnswer`/`SourceUnreachable` (transient), `SourceRefused`/`SourceTooLarge` (terminal).
   */
  poll(signal?: AbortSignal): Promise<Answer>;
}

export interface Answer {
  /** Exactly what was received, after content decoding. It is known to be a JSON array. */
  readonly body: Buffer;
  /** The array's elements, unchecked. */
  readonly envelopes: readonly unknown[];
  readonly status: number;
  /** Clock of this machine when the last byte had come. */
  readonly fetchedAtMs: number;
  readonly elapsedMs: number;
}
