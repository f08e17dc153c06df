/** Inclusive ranges of record ids, ascending, neither overlapping nor touching. */
export type IdRange = readonly [from: number, to: number];

const ADDED_MIN = 1_000;

/** How many ids the ranges hold. */
export function countIds(ranges: readonly IdRange[]): number {
  return ranges.reduce((count, [from, to]) => count + (to - from + 1), 0);
}

/** Any ranges, in any order, as the canonical list. */
export function normalizeRanges(ranges: readonly IdRange[]): IdRange[] {
  const sorted = ranges.filter(([from, to]) => from <= to).sort((a, b) => a[0] - b[0]);
  const result: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

/** Ids that come in any order, a few at a time; to put each few in place at once would take as long as all that are there. */
export class IdSet {
  #ranges: IdRange[] = [];
  #added: IdRange[] = [];

  add(ids: Iterable<number>): void {
    for (const range of rangesOf(ids)) this.#added.push(range);
    if (this.#added.length > Math.max(ADDED_MIN, this.#ranges.length)) this.#settle();
  }

  /** All of them by now. */
  ranges(): readonly IdRange[] {
    if (this.#added.length > 0) this.#settle();
    return this.#ranges;
  }

  #settle(): void {
    this.#ranges = normalizeRanges([...this.#ranges, ...this.#added]);
    this.#added = [];
  }
}

/** Adds an id that is none of those in the ranges, or the last: they come in ascending order. */
export function appendId(ranges: [number, number][], id: number): void {
  const last = ranges.at(-1);
  if (last && id <= last[1] + 1) last[1] = Math.max(last[1], id);
  else ranges.push([id, id]);
}

/** Ids in ascending order, some of them perhaps more than once, as ranges. */
export function rangesOfSorted(ids: Iterable<number>): IdRange[] {
  const ranges: [number, number][] = [];
  for (const id of ids) appendId(ranges, id);
  return ranges;
}

/** The single ids as ranges. */
export function rangesOf(ids: Iterable<number>): IdRange[] {
  return normalizeRanges([...ids].map((id) => [id, id] as const));
}

/** What is in `ranges` and not in `known`. Both must be canonical. */
export function subtractRanges(ranges: readonly IdRange[], known: readonly IdRange[]): IdRange[] {
  const result: IdRange[] = [];
  let k = 0;
  for (const [from, to] of ranges) {
    let start = from;
    while (k < known.length && known[k]![1] < start) k += 1;
    for (let i = k; i < known.length && known[i]![0] <= to && start <= to; i += 1) {
      const [knownFrom, knownTo] = known[i]!;
      if (knownFrom > start) result.push([start, knownFrom - 1]);
      start = Math.max(start, knownTo + 1);
    }
    if (start <= to) result.push([start, to]);
  }
  return result;
}

/** Whether the ranges have an id in common. */
export const shareIds = (some: readonly IdRange[], others: readonly IdRange[]): boolean =>
  some.some(([from, to]) => others.some(([otherFrom, otherTo]) => otherFrom <= to && otherTo >= from));

/** Whether `id` lies in the ranges. */
export function containsId(ranges: readonly IdRange[], id: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = ranges[middle]!;
    if (id < from) high = middle - 1;
    else if (id > to) low = middle + 1;
    else return true;
  }
  return false;
}

/** The highest id below `id` that lies in the ranges. */
export function highestBelow(ranges: readonly IdRange[], id: number): number | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![0] < id) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low - 1];
  return range && Math.min(range[1], id - 1);
}

/** The lowest above it. */
export function lowestAbove(ranges: readonly IdRange[], id: number): number | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]![1] <= id) low = middle + 1;
    else high = middle;
  }
  const range = ranges[low];
  return range && Math.max(range[0], id + 1);
}
