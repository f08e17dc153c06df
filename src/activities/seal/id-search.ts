import { isFernlakeError } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { containsId, type IdRange, normalizeRanges, shareIds, subtractRanges } from '../../lake/id-ranges.js';
import type { RecordId } from '../../dataset/record-id.js';
import { rawNameOf, tableKey } from '../../lake/keys.js';
import type { RowPlaces } from '../../lake/row-id.js';
import type { Storage } from '../../storage/port.js';
import { valueOf } from '../../lake/outcome.js';
import { readLedger } from '../../lake/ledgers.js';
import { damageIn } from '../../lake/damage.js';
import { eachIdOfObject } from '../../lake/rows.js';
import { eachIdOfSegment, readSegments } from '../../lake/segments.js';

/** An hour is sealed once; later ones only add to it. */
const LOOKS_MAX = 5;

/** Looks for ids in hours. */
export class IdSearch {
  #found: IdRange[] = [];
  #added: [number, number][] = [];
  readonly #raws = new Set<string>();

  constructor(
    private readonly sought: readonly IdRange[],
    private readonly places: RowPlaces,
  ) {}

  note(id: RecordId): void {
    if (typeof id !== 'number' || !containsId(this.sought, id)) return;
    const last = this.#added.at(-1);
    // They come in order for the most part: a range then holds thousands.
    if (last && id === last[1] + 1) last[1] = id;
    else this.#added.push([id, id]);
  }

  /** Those that were found. */
  found(): readonly IdRange[] {
    if (this.#added.length > 0) this.#found = normalizeRanges([...this.#found, ...this.#added]);
    this.#added = [];
    return this.#found;
  }

  /** Answers that show what was looked into, ascending. */
  raws(): string[] {
    return [...this.#raws].sort();
  }

  /** Those that were not. */
  left(): IdRange[] {
    return subtractRanges(this.sought, this.found());
  }

  /**
   * Looks into an hour's segments and its object, where they may hold any of these ids. The hour may be
   * sealed meanwhile, which removes segments: so ledger and object, which are written before that, are looked
   * at last. An hour that cannot be read is passed over: its own seal reports and rebuilds it.
   */
  async lookInto(storage: Storage, dataset: string, hour: Hour): Promise<void> {
    for (let look = 1; ; look += 1) {
      try {
        await this.#lookIntoSegments(storage, dataset, hour);
        return await this.#lookIntoSealed(storage, dataset, hour);
      } catch (error) {
        if (damageIn(error)) return;
        if (!isFernlakeError(error, 'ObjectNotFound') || look === LOOKS_MAX) throw error;
      }
    }
  }

  async #lookIntoSegments(storage: Storage, dataset: string, hour: Hour): Promise<void> {
    for (const segment of (await readSegments(storage, dataset, hour)).whole) {
      const { ids, raws } = segment.header;
      if (!ids || shareIds(ids, this.sought)) for (const raw of raws) this.#raws.add(raw);
      if (ids) this.#added.push(...inBoth(ids, this.sought));
      else if (this.#overlaps(segment.firstId, null)) await eachIdOfSegment(segment, (id) => this.note(id));
    }
  }

  async #lookIntoSealed(storage: Storage, dataset: string, hour: Hour): Promise<void> {
    const ledger = valueOf(await readLedger(storage, dataset, hour))?.ledger;
    const ids = ledger?.ids;
    if (ids && !this.#overlaps(ids.first, ids.last)) return;
    for (const key of ledger?.raw ?? []) this.#raws.add(rawNameOf(key));
    await eachIdOfObject(storage, tableKey(dataset, hour), this.places, (id) => this.note(id));
  }

  /** Texts stand behind all numbers. */
  #overlaps(first: RecordId | null, last: RecordId | null): boolean {
    if (typeof first !== 'number') return false;
    return shareIds(this.left(), [[first, typeof last === 'number' ? last : Number.POSITIVE_INFINITY]]);
  }
}

const inBoth = (some: readonly IdRange[], others: readonly IdRange[]): [number, number][] =>
  subtractRanges(some, subtractRanges(some, others)).map(([from, to]) => [from, to]);
