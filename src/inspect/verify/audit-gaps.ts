import type { Hour } from '../../dataset/hour.js';
import {
  containsId,
  countIds,
  type IdRange,
  IdSet,
  normalizeRanges,
  rangesOf,
  subtractRanges,
} from '../../lake/id-ranges.js';
import type { Ledger } from '../../lake/ledger.js';
import type { HourEntry } from './one-by-one.js';

/** One archived answer, as far as its ids go. */
export interface ShownIds {
  /** Of each element, the id that it names. */
  readonly ids: readonly (number | undefined)[];
  readonly entries: readonly HourEntry[];
  /** Whether the ledger of the hour has counted this answer; what it has not is judged once it has. */
  isSettled(hour: Hour): boolean;
}

/** Entries whose ids are whole numbers: between texts nothing can be missing. */
type Numbered = HourEntry & { readonly id: number };
type NumberedIds = ShownIds & { readonly entries: readonly Numbered[] };

const isNumbered = (entry: HourEntry): entry is Numbered => typeof entry.id === 'number';

/**
 * What an hour may be charged with: at least `least`, at most `most`. They differ by what is not sealed yet.
 */
interface Charge {
  readonly least: readonly IdRange[];
  readonly most: readonly IdRange[];
}

/**
 * Which ids never came, and to which hour each is charged: by ids and answers of the whole archive in order, and by nothing that a
 * seal has written. Holds a few numbers for each run of ids.
 */
export class GapAudit {
  readonly #all = new Held();
  readonly #settled = new Held();
  readonly #between = new GapsBetween();

  /** `isIncremental`: answers that share no id tell of no loss; what was told of one before that was declared, may stand. */
  constructor(
    private readonly ledgers: readonly Ledger[],
    private readonly isIncremental: boolean,
  ) {}

  /** The next answer of the archive; undefined for one that cannot be read. */
  take(shown: ShownIds | undefined): void {
    const answer = shown && { ...shown, entries: shown.entries.filter(isNumbered) };
    if (this.ledgers.some(({ contiguous }) => !contiguous)) this.#between.take(answer);
    if (!answer || !this.ledgers.some(({ contiguous }) => contiguous)) return;
    const settled = answer.entries.filter(({ hour }) => answer.isSettled(hour));
    this.#all.add(answer.entries, homelessOf(answer));
    this.#settled.add(settled, settled.length === answer.entries.length ? homelessOf(answer) : []);
  }

  /** In words, what each ledger says otherwise. */
  differences(): Map<Ledger, string[]> {
    const [all, settled] = [this.#all.charges(), this.#settled.charges()];
    const chargeOf = ({ hour, contiguous }: Ledger): Charge => {
      if (!contiguous) {
        const charge = this.#between.chargeOf(hour);
        return this.isIncremental ? { least: [], most: charge.most } : charge;
      }
      const [now, then] = [all.get(hour) ?? [], settled.get(hour) ?? []];
      return {
        least: subtractRanges(now, subtractRanges(now, then)),
        most: normalizeRanges([...now, ...then]),
      };
    };
    return new Map(this.ledgers.map((ledger) => [ledger, differencesOf(ledger, chargeOf(ledger))]));
  }
}

function differencesOf({ ids }: Ledger, { least, most }: Charge): string[] {
  const differences: string[] = [];
  const told = normalizeRanges(ids.missing);
  if (JSON.stringify(told) !== JSON.stringify(ids.missing)) differences.push('ids.missing is not in order');
  if (subtractRanges(least, told).length + subtractRanges(told, most).length > 0)
    differences.push(
      `ids.missing: the ledger says ${JSON.stringify(ids.missing)}, the archive ${JSON.stringify(least)}`,
    );
  if (ids.missingCount !== countIds(ids.missing))
    differences.push('ids.missingCount is not the count of ids.missing');
  return differences;
}

/** Ids of elements without a readable hour. */
function homelessOf({ ids, entries }: NumberedIds): number[] {
  if (ids.length === entries.length) return [];
  const placed = new Set<unknown>(entries.map(({ id }) => id));
  return ids.filter((id) => id !== undefined && !placed.has(id)) as number[];
}

/** Which hour holds which ids. */
class Held {
  readonly #hours = new Map<Hour, IdSet>();
  readonly #seen = new IdSet();
  /** Ids that were lower than all before when they came. */
  readonly #lowest = new Set<number>();
  #lowestSoFar = Number.POSITIVE_INFINITY;

  add(entries: readonly Numbered[], homeless: readonly number[]): void {
    const groups = new Map<Hour, number[]>();
    const lowest = entries.reduce((least, { id }) => Math.min(least, id), Number.POSITIVE_INFINITY);
    if (lowest < this.#lowestSoFar) this.#lowest.add((this.#lowestSoFar = lowest));
    for (const { hour, id } of entries) groups.set(hour, [...(groups.get(hour) ?? []), id]);
    for (const [hour, ids] of groups) {
      const held = this.#hours.get(hour) ?? new IdSet();
      this.#hours.set(hour, held);
      held.add(ids);
      this.#seen.add(ids);
    }
    this.#seen.add(homeless);
  }

  /**
   * By hour, the ids that never came and whose next higher id is of that hour (of the earlier one, where two
   * hours have it). Nothing is charged below an id that was the lowest when it came where all lower ones are
   * of later hours: the source has begun its ids anew.
   */
  charges(): Map<Hour, IdRange[]> {
    const runs = [...this.#hours].flatMap(([hour, ids]) =>
      ids.ranges().map(([from, to]) => ({ hour, from, to })),
    );
    runs.sort((a, b) => a.from - b.from || (a.hour < b.hour ? -1 : 1));
    const seen = this.#seen.ranges();
    const charges = new Map<Hour, IdRange[]>();
    let last = runs[0]?.from ?? 0;
    let earliest = runs[0]?.hour ?? ('' as Hour);
    let at = 0;
    for (const { hour, from, to } of runs) {
      if (from > last + 1 && (hour >= earliest || !this.#lowest.has(from))) {
        while (at < seen.length && seen[at]![1] <= last) at += 1;
        const between: IdRange[] = [];
        for (let i = at; i < seen.length && seen[i]![0] < from; i += 1) between.push(seen[i]!);
        const gap = subtractRanges([[last + 1, from - 1]], between);
        if (gap.length > 0) charges.set(hour, [...(charges.get(hour) ?? []), ...gap]);
      }
      last = Math.max(last, to);
      if (hour < earliest) earliest = hour;
    }
    return charges;
  }
}

/** For ids that may have holes: what lies between two neighbours in the archive. */
class GapsBetween {
  readonly #gaps: IdRange[] = [];
  readonly #hours: Hour[] = [];
  readonly #came: number[] = [];
  readonly #settled: number[] = [];
  readonly #homeless = new IdSet();
  #newest = Number.NEGATIVE_INFINITY;
  #hasNeighbour = false;

  take(answer: NumberedIds | undefined): void {
    const homeless = answer ? homelessOf(answer) : [];
    let lowest: Numbered | undefined;
    let highest = homeless.reduce((most, id) => Math.max(most, id), Number.NEGATIVE_INFINITY);
    for (const entry of answer?.entries ?? []) {
      if (!lowest || entry.id < lowest.id || (entry.id === lowest.id && entry.hour < lowest.hour))
        lowest = entry;
      highest = Math.max(highest, entry.id);
    }
    if (lowest && this.#hasNeighbour && this.#newest + 1 < lowest.id) {
      this.#gaps.push([this.#newest + 1, lowest.id - 1]);
      this.#hours.push(lowest.hour);
    }
    for (const { id, hour } of answer?.entries ?? []) {
      if (!containsId(this.#gaps, id)) continue;
      this.#came.push(id);
      if (answer?.isSettled(hour)) this.#settled.push(id);
    }
    this.#homeless.add(homeless);
    this.#newest = Math.max(this.#newest, highest);
    this.#hasNeighbour = Number.isFinite(highest);
  }

  chargeOf(hour: Hour): Charge {
    const gaps = this.#gaps.filter((_, i) => this.#hours[i] === hour);
    const without = (ids: readonly number[]): IdRange[] =>
      subtractRanges(gaps, normalizeRanges([...rangesOf(ids), ...this.#homeless.ranges()]));
    return { least: without(this.#came), most: without(this.#settled) };
  }
}
