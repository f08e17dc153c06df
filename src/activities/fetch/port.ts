import type { PagesRequest } from '../../config/source.js';
import type { RecordId } from '../../dataset/record-id.js';
import type { FernlakeError } from '../../errors.js';

/** What is asked for beside the newest records. */
export interface PageQuestion {
  /** What came after this one. */
  readonly start?: RecordId | undefined;
  /** The next page, as the one before has named it. */
  readonly cursor?: string | undefined;
}

/** The API that shows only its newest records, or pages of what came after an id. */
export interface Source {
  /** How it is asked for pages, where it can be. */
  readonly pages?: PagesRequest | undefined;
  /**
   * Asks once; never retries (Temporal owns retries).
   * Throws FernlakeError `SourceAnswer`/`SourceUnreachable` (transient), `SourceRefused`/`SourceTooLarge` (terminal) where
   * there is no body with a 2xx status.
   */
  poll(signal?: AbortSignal, page?: PageQuestion): Promise<Answer>;
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
