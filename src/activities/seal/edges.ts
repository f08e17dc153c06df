import type { RecordId } from '../../dataset/record-id.js';

/** An end of a run of ids, and an answer that shows it. */
export interface Edge {
  readonly id: number;
  /** At a run's low end the first answer among those that were merged, at its high end the last. */
  readonly raw: string;
}

/** The ends of the runs of an hour's ids, where they are new: only there ids may be missing, or have been. */
export interface Edges {
  /** New ids whose next lower id is not the hour's. */
  readonly low: readonly Edge[];
  /** New ids whose next higher id is not the hour's. */
  readonly high: readonly Edge[];
}

/** Finds the edges among ids that come in ascending order. Texts have none: nobody knows what would be between two of them. */
export class EdgeFinder {
  readonly #low: Edge[] = [];
  readonly #high: Edge[] = [];
  #lastId = Number.NaN;
  #lastRaw: string | undefined;

  /** An id of the hour; with the first and the last answer that shows it where it is new. */
  add(id: RecordId, firstRaw: string | undefined, lastRaw: string | undefined): void {
    if (typeof id !== 'number') return;
    if (id !== this.#lastId + 1) {
      this.#endRun();
      if (firstRaw !== undefined) this.#low.push({ id, raw: firstRaw });
    }
    this.#lastId = id;
    this.#lastRaw = lastRaw;
  }

  edges(): Edges {
    this.#endRun();
    this.#lastRaw = undefined;
    return { low: this.#low, high: this.#high };
  }

  #endRun(): void {
    if (this.#lastRaw !== undefined) this.#high.push({ id: this.#lastId, raw: this.#lastRaw });
  }
}
