import type { RecordId } from '../../dataset/record-id.js';
import { appendId, normalizeRanges, subtractRanges } from '../../lake/id-ranges.js';

/** Ids of rows, which come in order: numbers as ranges, texts each by itself. */
export class RowIdSet {
  readonly #ranges: [number, number][] = [];
  readonly #texts = new Set<string>();
  #first: RecordId | null = null;
  #last: RecordId | null = null;

  append(id: RecordId): void {
    this.#first ??= id;
    this.#last = id;
    if (typeof id === 'number') appendId(this.#ranges, id);
    else this.#texts.add(id);
  }

  get first(): RecordId | null {
    return this.#first;
  }

  get last(): RecordId | null {
    return this.#last;
  }

  /** Whether it holds all of the others, in whatever order those came. */
  holds(others: RowIdSet): boolean {
    const lacking = subtractRanges(normalizeRanges(others.#ranges), normalizeRanges(this.#ranges));
    return lacking.length === 0 && [...others.#texts].every((id) => this.#texts.has(id));
  }
}
