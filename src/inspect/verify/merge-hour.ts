import { compareIds, type RecordId } from '../../dataset/record-id.js';
import { type IdPlace, recordIdOf } from '../../lake/row-id.js';
import { sameContent } from '../../lake/same-content.js';
import { compareEntries, type Entry, isSameAppearance } from '../../lake/segment.js';
import { type HourFacts, Tally } from '../../activities/seal/tally.js';
import type { Ledger } from '../../lake/ledger.js';

/** What is already sealed: the ledger, and the object's rows in its order. */
export interface SealedHour {
  readonly ledger: Ledger;
  /** Raw names in the ledger. */
  readonly raws: ReadonlySet<string>;
  readonly rows: readonly string[];
}

export interface MergedHour extends HourFacts {
  /** Compact rows, ascending by id. */
  readonly rows: readonly string[];
}

/**
 * Merges an hour's appearances into rows: exact dedup by id and content, whatever the order of its keys; of two contents,
 * or two orders of one, the first in archive order lands. Appearances from raw objects that the ledger names are known
 * already and are passed over, and one told twice counts once, which makes it harmless to hand the same segment in again.
 * `entries` in any order, rows filled in; they must hold all or nothing of what an answer shows of this hour.
 */
export function mergeHour(entries: readonly Entry[], places: IdPlace, sealed?: SealedHour): MergedHour {
  const tally = new Tally(sealed);
  const fresh = entries
    .filter((entry) => !sealed?.raws.has(entry.raw))
    .sort(compareEntries)
    // Told twice, once refused and once with its row: the row stands first.
    .filter((entry, i, all) => !isSameAppearance(all[i - 1], entry));
  const rows: string[] = [];
  const keep = (id: RecordId, row: string): void => {
    rows.push(row);
    tally.row(id, Buffer.byteLength(row));
  };
  const landedIds = (sealed?.rows ?? []).map((row) => recordIdOf(row, places));
  let next = 0;
  for (let at = 0; at < fresh.length;) {
    const id = fresh[at]!.id;
    while (next < landedIds.length && compareIds(landedIds[next]!, id) < 0)
      keep(landedIds[next]!, sealed!.rows[next++]!);
    let end = at;
    while (end < fresh.length && fresh[end]!.id === id) end += 1;
    const landed = landedIds[next] === id ? sealed!.rows[next++] : undefined;
    const row = take(tally, fresh.slice(at, end), landed);
    if (row === undefined) tally.see(id);
    else keep(id, row);
    at = end;
  }
  while (next < landedIds.length) keep(landedIds[next]!, sealed!.rows[next++]!);
  return { ...tally.facts(), rows };
}

/** All new appearances of one id, in order, and the row that landed for it, if one did; the row that stands now. */
function take(tally: Tally, appearances: readonly Entry[], landed: string | undefined): string | undefined {
  let row = landed;
  for (const entry of appearances) {
    tally.appear(entry);
    if (entry.reason !== undefined) tally.refuse(entry.reason);
    else if (row === undefined) {
      tally.land(entry);
      row = entry.row ?? '';
    } else if (sameContent(entry.row ?? '', row))
      tally.repeat(entry, landed !== undefined, entry.row === row);
    else tally.conflict(entry, landed !== undefined);
  }
  return row;
}
