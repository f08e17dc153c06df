import { type IdRange, normalizeRanges, subtractRanges } from './id-ranges.js';
import { type Ledger, quarantinedTotal } from './ledger.js';
import type { QuarantineReason } from './reason.js';
import { compareEntries, type Entry, isSameAppearance } from './segment.js';

/** What is already sealed: the ledger, and the object's rows in its order. */
export interface SealedHour {
  readonly ledger: Ledger;
  /** Raw names in the ledger. */
  readonly raws: ReadonlySet<string>;
  readonly rows: readonly string[];
}

export interface MergedHour {
  /** Compact rows, ascending by record_id. */
  readonly rows: readonly string[];
  readonly seen: number;
  readonly landed: number;
  readonly duplicates: number;
  readonly quarantined: Partial<Record<QuarantineReason, number>>;
  readonly late: number;
  readonly keys: Record<string, number>;
  readonly jsonBytes: number;
  readonly compactBytes: number;
  /** Ids of all these records, quarantined ones included. */
  readonly ids: readonly IdRange[];
  /** Raw names that contributed, ascending. */
  readonly raws: readonly string[];
  /** Same id, other content, and later in the archive than the one that landed. */
  readonly conflicts: readonly Entry[];
  /** How many appearances were new to the hour. 0: nothing to seal. */
  readonly added: number;
}

/**
 * Thrown when an unsealed appearance may be earlier than the landed row of its id, and differs from it in content, or may
 * have been opened by another key: only the archive can tell which one lands, so the hour has to be rebuilt from it.
 */
export class OrderUnknown extends Error {
  override readonly name = 'OrderUnknown';
}

/** The id in a compact row. Throws SyntaxError for what is no row. */
export function recordIdOf(row: string): number {
  const id = (JSON.parse(row) as { record_id?: unknown }).record_id;
  if (typeof id !== 'number') throw new SyntaxError('a landed row without record_id');
  return id;
}

/**
 * Merges an hour's appearances into rows: exact dedup by id and content; of two contents the first in archive order
 * lands. Appearances from raw objects that the ledger names are known already and are passed over, and one told twice
 * counts once, which makes it harmless to hand the same segment in again. `entries` in any order, rows filled in; they
 * must hold all or nothing of what an answer shows of this hour.
 */
export function mergeHour(entries: readonly Entry[], sealed?: SealedHour): MergedHour {
  const tally = new Tally(sealed);
  const fresh = entries
    .filter((entry) => !sealed?.raws.has(entry.raw))
    .sort(compareEntries)
    // Told twice, once refused and once with its row: the row stands first.
    .filter((entry, i, all) => !isSameAppearance(all[i - 1], entry));
  const landedIds = (sealed?.rows ?? []).map(recordIdOf);
  let next = 0;
  for (let at = 0; at < fresh.length;) {
    const id = fresh[at]!.id;
    while (next < landedIds.length && landedIds[next]! < id)
      tally.keep(landedIds[next]!, sealed!.rows[next++]!);
    let end = at;
    while (end < fresh.length && fresh[end]!.id === id) end += 1;
    const landed = landedIds[next] === id ? sealed!.rows[next++] : undefined;
    tally.take(id, fresh.slice(at, end), landed);
    at = end;
  }
  while (next < landedIds.length) tally.keep(landedIds[next]!, sealed!.rows[next++]!);
  return tally.result();
}

class Tally {
  private readonly rows: string[] = [];
  private readonly ids: [number, number][] = [];
  private readonly conflicts: Entry[] = [];
  private readonly raws: Set<string>;
  private readonly lastSealedRaw: string;
  private readonly keys: Record<string, number>;
  private readonly quarantined: Partial<Record<QuarantineReason, number>>;
  private seen: number;
  private duplicates: number;
  private late: number;
  private jsonBytes: number;
  private compactBytes = 0;
  private added = 0;

  constructor(private readonly sealed: SealedHour | undefined) {
    const ledger = sealed?.ledger;
    this.raws = new Set(sealed?.raws);
    this.lastSealedRaw = [...this.raws].reduce((last, raw) => (raw > last ? raw : last), '');
    this.keys = { ...ledger?.keys };
    this.quarantined = { ...ledger?.quarantined };
    this.seen = ledger?.seen ?? 0;
    this.duplicates = ledger?.duplicates ?? 0;
    this.late = ledger?.late ?? 0;
    this.jsonBytes = ledger?.sizes.json ?? 0;
  }

  /** A landed row that nothing new speaks of. */
  keep(id: number, row: string): void {
    this.rows.push(row);
    this.compactBytes += Buffer.byteLength(row) + 1;
    this.see(id);
  }

  /** All new appearances of one id, in order, and the row that landed for it, if one did. */
  take(id: number, appearances: readonly Entry[], landed: string | undefined): void {
    let row = landed;
    for (const entry of appearances) {
      this.added += 1;
      this.seen += 1;
      this.raws.add(entry.raw);
      if (entry.reason !== undefined) this.refuse(entry.reason);
      else if (row === undefined) row = this.land(entry);
      else if (entry.row === row) this.repeat(entry, landed !== undefined);
      else this.conflict(entry, landed !== undefined);
    }
    if (row === undefined) this.see(id);
    else this.keep(id, row);
  }

  result(): MergedHour {
    return {
      rows: this.rows,
      seen: this.seen,
      landed: this.rows.length,
      duplicates: this.duplicates,
      quarantined: this.quarantined,
      late: this.late,
      keys: this.keys,
      jsonBytes: this.jsonBytes,
      compactBytes: this.compactBytes,
      ids: normalizeRanges([...this.ids, ...refusedIds(this.sealed?.ledger)]),
      raws: [...this.raws].sort(),
      conflicts: this.conflicts,
      added: this.added,
    };
  }

  private land(entry: Entry): string {
    this.keys[entry.key] = (this.keys[entry.key] ?? 0) + 1;
    this.jsonBytes += entry.jsonBytes + 1;
    if (this.sealed) this.late += 1;
    return entry.row ?? '';
  }

  private repeat(entry: Entry, ofSealedRow: boolean): void {
    // The ledger counts rows by the key that opened the first appearance.
    const [key, ...others] = Object.keys(this.sealed?.ledger.keys ?? {});
    if (ofSealedRow && (key !== entry.key || others.length > 0)) this.mustBeLater(entry);
    this.duplicates += 1;
  }

  private conflict(entry: Entry, withSealedRow: boolean): void {
    if (withSealedRow) this.mustBeLater(entry);
    this.conflicts.push(entry);
    this.refuse('conflicting-duplicate');
  }

  private mustBeLater(entry: Entry): void {
    if (entry.raw > this.lastSealedRaw) return;
    throw new OrderUnknown(`record ${entry.id} of ${entry.raw} may be earlier than the one that landed`);
  }

  private refuse(reason: QuarantineReason): void {
    this.quarantined[reason] = (this.quarantined[reason] ?? 0) + 1;
  }

  private see(id: number): void {
    const last = this.ids.at(-1);
    if (last && id <= last[1] + 1) last[1] = Math.max(last[1], id);
    else this.ids.push([id, id]);
  }
}

/**
 * Ids of a sealed hour that have no row are nowhere by name. What lies between the first and the last and is not
 * missing was seen: here, refused; or, at the hour's edges, in the hour beside it.
 */
function refusedIds(ledger: Ledger | undefined): IdRange[] {
  if (!ledger || ledger.ids.first === null || ledger.ids.last === null) return [];
  const refused = quarantinedTotal(ledger.quarantined) - (ledger.quarantined['conflicting-duplicate'] ?? 0);
  return refused === 0 ? [] : subtractRanges([[ledger.ids.first, ledger.ids.last]], ledger.ids.missing);
}
