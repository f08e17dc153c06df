import type { FernlakeError } from '../../errors.js';

/** The API that shows only its newest records. */
export interface Source {
  /**
   * Asks once; never retries (Temporal owns retries).
   * Throws FernlakeError `SourceAnswer`/`SourceUnreachable` (transient), `SourceRefused`/`SourceTooLarge` (terminal) where
   * there is no body with a 2xx status.
   */
  poll(signal?: AbortSignal): Promise<Answer>;
}

export interface Answer {
  /** Exactly what was received, after content decoding; as it came, where it does not decode. To be archived whatever it is. */
  readonly body: Buffer;
  /** The array's elements, unchecked; what is no JSON among them is an `UnreadableElement`. */
  readonly envelopes: readonly unknown[];
  /** Why the body is no answer: `SourceAnswer` (transient) or `SourceTooLarge` (terminal). */
  readonly fault?: FernlakeError;
  readonly status: number;
  /** Clock of this machine when the last byte had come. */
  readonly fetchedAtMs: number;
  readonly elapsedMs: number;
}
