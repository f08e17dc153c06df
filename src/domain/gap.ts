import type { AnswerIds, PlacedId } from './answer-ids.js';
import type { Hour } from './hour.js';
import { type IdRange, rangesOf, subtractRanges } from './id-ranges.js';

/**
 * What is missing below an id of an hour. A missing id is charged to the hour of the next higher id that came with a readable
 * hour: that depends on nothing but what came. Of an id that stands for records of two hours, the earlier is charged.
 *
 * Where all lower ids came later, and with later hours, the source has begun its ids anew: nothing between was ever its own.
 */
export class GapBelow {
  readonly #homeless: number[] = [];
  #lower: number | undefined;
  #isCharged = true;
  /** A lower id came before, or is of an hour before. */
  #isAnchored = false;

  constructor(
    readonly id: number,
    private readonly hour: Hour,
    /** The highest lower id of the hour itself. */
    own: number | undefined,
  ) {
    this.takeId(own, hour);
  }

  /** `isLater`: the answer came after the one that showed the id first. */
  take(answer: AnswerIds, isLater = false): void {
    const same = answer.at(this.id);
    if (same && same.hour < this.hour) this.#isCharged = false;
    const below = answer.below(this.id);
    this.takeId(below?.id, isLater ? (answer.earliestBelow(this.id) ?? this.hour) : this.hour);
    for (const id of answer.homeless) if (this.#isNearer(id)) this.#homeless.push(id);
  }

  /** Takes an id with an hour. */
  takeId(id: number | undefined, hour: Hour): void {
    if (id === undefined) return;
    if (hour <= this.hour) this.#isAnchored = true;
    if (this.#isNearer(id)) this.#lower = id;
  }

  #isNearer(id: number): boolean {
    return id < this.id && (this.#lower === undefined || id > this.#lower);
  }

  /** Whether no lower id is known from which to count. */
  get isBottom(): boolean {
    return !this.#isAnchored && this.#isCharged;
  }

  /** Ids that have not been seen. */
  missing(): IdRange[] {
    if (!this.#isCharged || !this.#isAnchored || this.#lower === undefined) return [];
    return subtractRanges([[this.#lower + 1, this.id - 1]], rangesOf(this.#homeless));
  }

  /** Where one has to look further. */
  sought(): IdRange[] {
    return this.isBottom ? [[0, this.id - 1]] : this.missing();
  }
}

/** Which id that came with a readable hour is the next above an id, and what is missing between. */
export class GapAbove {
  #next: PlacedId | undefined;
  readonly #homeless: number[] = [];

  constructor(
    readonly id: number,
    next: PlacedId | undefined,
  ) {
    this.#next = next;
  }

  get next(): PlacedId | undefined {
    return this.#next;
  }

  take(answer: AnswerIds): void {
    const found = answer.above(this.id);
    const next = this.#next;
    if (found && (!next || found.id < next.id || (found.id === next.id && found.hour < next.hour)))
      this.#next = found;
    for (const id of answer.homeless) if (id > this.id) this.#homeless.push(id);
  }

  missing(): IdRange[] {
    if (!this.#next) return [];
    return subtractRanges([[this.id + 1, this.#next.id - 1]], rangesOf(this.#homeless));
  }

  get isClosed(): boolean {
    return this.#next !== undefined && this.missing().length === 0;
  }
}
