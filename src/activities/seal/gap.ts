import type { AnswerIds, PlacedId } from '../compact/answer-ids.js';
import type { Hour } from '../../dataset/hour.js';
import { highestBelow, type IdRange, lowestAbove, rangesOf, subtractRanges } from '../../lake/id-ranges.js';

/**
 * What is missing below an id of an hour. A missing id is charged to the hour of the next higher id that came
 * with a readable hour, so it depends on nothing but what came. Where an id stands for records of two hours,
 * the earlier is charged. Where all lower ids came later and belong to later hours, the source has begun its
 * ids anew, and nothing below is missing.
 */
export class GapBelow {
  readonly #homeless: number[] = [];
  #lower: number | undefined;
  #isCharged = true;
  /** A lower id is of this hour or of one before. */
  #hasEarlier = false;
  /** The first answer that shows the id, and the first that shows a lower one. */
  #since: string;
  #lowerSince: string | undefined;

  constructor(
    readonly id: number,
    private readonly hour: Hour,
    /** The highest lower id of the hour itself. */
    own: number | undefined,
    /** An answer that shows the id. */
    raw: string,
  ) {
    this.#since = raw;
    this.takeId(own, hour);
  }

  take(name: string, answer: AnswerIds): void {
    const same = answer.at(this.id);
    if (same && same.hour < this.hour) this.#isCharged = false;
    if (same && name < this.#since) this.#since = name;
    const below = answer.below(this.id);
    if (below) {
      if (this.#lowerSince === undefined || name < this.#lowerSince) this.#lowerSince = name;
      this.takeId(below.id, (!this.#hasEarlier && answer.earliestBelow(this.id)) || below.hour);
    }
    for (const id of answer.homeless) if (this.#isNearer(id)) this.#homeless.push(id);
  }

  /** Takes an id with an hour. */
  takeId(id: number | undefined, hour: Hour): void {
    if (id === undefined) return;
    if (hour <= this.hour) this.#hasEarlier = true;
    if (this.#isNearer(id)) this.#lower = id;
  }

  /** Takes those of other hours. */
  takeFrom(ids: readonly IdRange[], hour: Hour): void {
    this.takeId(highestBelow(ids, this.id), hour);
  }

  /** Around which one looks. */
  get placeId(): number {
    return this.id - 1;
  }

  #isNearer(id: number): boolean {
    return id < this.id && (this.#lower === undefined || id > this.#lower);
  }

  get #isAnchored(): boolean {
    return this.#hasEarlier || (this.#lowerSince !== undefined && this.#lowerSince <= this.#since);
  }

  /** Whether no lower id is known, so that there is nothing from which to count. */
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

/** The next id above one of the hour's that came with a readable hour, and what is missing in between. */
export class GapAbove {
  #next: PlacedId | undefined;
  readonly #homeless: number[] = [];

  constructor(
    readonly id: number,
    next: PlacedId | undefined,
    /** An answer that shows the id. */
    readonly raw: string,
  ) {
    this.#next = next;
  }

  /** Around which one looks. */
  get placeId(): number {
    return this.id;
  }

  get next(): PlacedId | undefined {
    return this.#next;
  }

  take(_name: string, answer: AnswerIds): void {
    const found = answer.above(this.id);
    if (found) this.takeId(found.id, found.hour);
    for (const id of answer.homeless) if (id > this.id) this.#homeless.push(id);
  }

  /** Takes an id with an hour. */
  takeId(id: number | undefined, hour: Hour): void {
    if (id === undefined) return;
    const next = this.#next;
    if (!next || id < next.id || (id === next.id && hour < next.hour)) this.#next = { id, hour };
  }

  /** Takes those of other hours. */
  takeFrom(ids: readonly IdRange[], hour: Hour): void {
    this.takeId(lowestAbove(ids, this.id), hour);
  }

  /** Where one has to look further. */
  sought(): IdRange[] {
    return this.#next ? this.missing() : [[this.id + 1, Number.MAX_SAFE_INTEGER]];
  }

  missing(): IdRange[] {
    if (!this.#next) return [];
    return subtractRanges([[this.id + 1, this.#next.id - 1]], rangesOf(this.#homeless));
  }

  get isClosed(): boolean {
    return this.#next !== undefined && this.missing().length === 0;
  }
}
