import { appendId, type IdRange } from '../../lake/id-ranges.js';
import type { Ledger } from '../../lake/ledger.js';
import { idMark, type RecordId } from '../../dataset/record-id.js';
import type { QuarantineReason } from '../../dataset/reason.js';

/** One appearance, as far as the counts go. */
export interface Appearance {
  readonly id: RecordId;
  readonly raw: string;
  readonly index: number;
  readonly key: string;
  readonly jsonBytes: number;
}

/** All that a merge finds out about an hour, but for the rows themselves. */
export interface HourFacts {
  readonly seen: number;
  readonly landed: number;
  readonly duplicates: number;
  readonly quarantined: Partial<Record<QuarantineReason, number>>;
  readonly late: number;
  readonly keys: Record<string, number>;
  readonly jsonBytes: number;
  readonly compactBytes: number;
  /**
   * Whole-number ids of all these records, quarantined ones included; of those that were in quarantine at an earlier seal only the ledger's
   * first and last are known.
   */
  readonly ids: readonly IdRange[];
  /** Of their ids that are text the first and the last; null where there are none. */
  readonly texts: { readonly first: string; readonly last: string } | null;
  /** Raw names that contributed, ascending. */
  readonly raws: readonly string[];
  /** Same id, other content, and later in the archive than the one that landed. */
  readonly conflicts: readonly Pick<Appearance, 'id' | 'raw' | 'index'>[];
  /** How many appearances were new to the hour. 0: nothing to seal. */
  readonly added: number;
}

/**
 * Thrown when an unsealed appearance may be earlier than the landed row of its id, and differs from it, or may
 * have been opened by another key: only the archive can tell which one lands, so the hour has to be rebuilt from it.
 */
export class OrderUnknown extends Error {
  override readonly name = 'OrderUnknown';
}

/** Counts for a merge, id by id in ascending order. */
export class Tally {
  readonly #ids: [number, number][] = [];
  #firstText: string | undefined;
  #lastText = '';
  readonly #conflicts: Pick<Appearance, 'id' | 'raw' | 'index'>[] = [];
  readonly #raws: Set<string>;
  readonly #lastSealedRaw: string;
  readonly #sealedKeys: readonly string[];
  readonly #keys: Record<string, number>;
  readonly #quarantined: Partial<Record<QuarantineReason, number>>;
  #lastRaw = '';
  #landed = 0;
  #seen: number;
  #duplicates: number;
  #late: number;
  #jsonBytes: number;
  #compactBytes = 0;
  #added = 0;

  constructor(
    private readonly sealed: { readonly ledger: Ledger; readonly raws: ReadonlySet<string> } | undefined,
  ) {
    const ledger = sealed?.ledger;
    this.#raws = new Set(sealed?.raws);
    this.#lastSealedRaw = [...this.#raws].reduce((last, raw) => (raw > last ? raw : last), '');
    this.#sealedKeys = Object.keys(ledger?.keys ?? {});
    this.#keys = { ...ledger?.keys };
    this.#quarantined = { ...ledger?.quarantined };
    this.#seen = ledger?.seen ?? 0;
    this.#duplicates = ledger?.duplicates ?? 0;
    this.#late = ledger?.late ?? 0;
    this.#jsonBytes = ledger?.sizes.json ?? 0;
  }

  /** A row of so many bytes stands for the id. */
  row(id: RecordId, bytes: number): void {
    this.#landed += 1;
    this.#compactBytes += bytes + 1;
    this.see(id);
  }

  see(id: RecordId): void {
    if (typeof id === 'number') appendId(this.#ids, id);
    else {
      this.#firstText ??= id;
      this.#lastText = id;
    }
  }

  /** Called for every appearance first; then one of the methods below says what became of it. */
  appear({ raw }: Appearance): void {
    this.#added += 1;
    this.#seen += 1;
    if (raw !== this.#lastRaw) this.#raws.add(raw);
    this.#lastRaw = raw;
  }

  land({ key, jsonBytes }: Appearance): void {
    this.#keys[key] = (this.#keys[key] ?? 0) + 1;
    this.#jsonBytes += jsonBytes + 1;
    if (this.sealed) this.#late += 1;
  }

  /** A repeat of the record. `sameBytes`: false where its keys are in another order. */
  repeat(entry: Appearance, ofSealedRow: boolean, sameBytes: boolean): void {
    // The ledger counts rows by the key that opened the first appearance, whose order of keys is the row's, too.
    const [key, ...others] = this.#sealedKeys;
    if (ofSealedRow && (!sameBytes || key !== entry.key || others.length > 0)) this.#mustBeLater(entry);
    this.#duplicates += 1;
  }

  conflict(entry: Appearance, withSealedRow: boolean): void {
    if (withSealedRow) this.#mustBeLater(entry);
    const { id, raw, index } = entry;
    this.#conflicts.push({ id, raw, index });
    this.refuse('conflicting-duplicate');
  }

  refuse(reason: QuarantineReason): void {
    this.#quarantined[reason] = (this.#quarantined[reason] ?? 0) + 1;
  }

  facts(): HourFacts {
    return {
      seen: this.#seen,
      landed: this.#landed,
      duplicates: this.#duplicates,
      quarantined: this.#quarantined,
      late: this.#late,
      keys: this.#keys,
      jsonBytes: this.#jsonBytes,
      compactBytes: this.#compactBytes,
      ids: this.#ids,
      texts: this.#firstText === undefined ? null : { first: this.#firstText, last: this.#lastText },
      raws: [...this.#raws].sort(),
      conflicts: this.#conflicts,
      added: this.#added,
    };
  }

  #mustBeLater({ id, raw }: Appearance): void {
    if (raw > this.#lastSealedRaw) return;
    throw new OrderUnknown(`record ${idMark(id)} of ${raw} may be earlier than the one that landed`);
  }
}
