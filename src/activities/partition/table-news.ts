import type { EntryTable, TableWindow } from '../compact/entry-table.js';
import type { Hour } from '../../dataset/hour.js';
import type { IdRange } from '../../lake/id-ranges.js';
import type { Piece } from '../../lake/lines.js';
import { samePieceContent } from '../../lake/same-content.js';

/**
 * The hours, ascending, for which these windows show something new compared with the window before. A quiet
 * source shows its last records again at every poll; such repeats must keep no hour open.
 */
export function hoursWithNews(table: EntryTable): Hour[] {
  const news = new Set<number>();
  let before: TableWindow | undefined;
  for (const window of table.windows) {
    if (window.kind === 'carried') addNews(table, before, window, news);
    before = window;
  }
  return [...news].map((hour) => table.hours.all[hour]!).sort();
}

function addNews(
  table: EntryTable,
  before: TableWindow | undefined,
  now: TableWindow,
  news: Set<number>,
): void {
  const { id, hour, row, end, bytes } = table;
  const verdict = (entry: number): Piece => ({ bytes, from: row[entry]!, end: end[entry]! });
  const known = before && overlap(table, before, now) ? lastOfEachId(table, before) : undefined;
  for (let entry = now.from; entry < now.end; entry += 1) {
    const was = known?.get(id[entry]!);
    if (was === undefined) news.add(hour[entry]!);
    // A row begins with a brace and a reason with a quote: they are never the same.
    else if (bytes.compare(bytes, row[was], end[was], row[entry], end[entry]) !== 0) {
      if (!samePieceContent(verdict(was), verdict(entry))) news.add(hour[entry]!);
    }
  }
}

function lastOfEachId({ id }: EntryTable, { from, end }: TableWindow): Map<number, number> {
  const last = new Map<number, number>();
  for (let entry = from; entry < end; entry += 1) last.set(id[entry]!, entry);
  return last;
}

function overlap(table: EntryTable, a: TableWindow, b: TableWindow): boolean {
  const [first, second] = [idsOf(table, a), idsOf(table, b)];
  return first !== undefined && second !== undefined && first.low <= second.high && second.low <= first.high;
}

/** The lowest id with its entry, and the highest, texts being below zero; undefined for a window without entries. */
function idsOf(
  { id }: EntryTable,
  { from, end }: TableWindow,
): { low: number; lowAt: number; high: number } | undefined {
  if (from === end) return undefined;
  let lowAt = from;
  let high = id[from]!;
  for (let entry = from + 1; entry < end; entry += 1) {
    if (id[entry]! < id[lowAt]!) lowAt = entry;
    if (id[entry]! > high) high = id[entry]!;
  }
  return { low: id[lowAt]!, lowAt, high };
}

/**
 * For ids that may have holes: the ids between two neighbouring answers that share none, above all ids shown
 * before. The source moved past them before it was asked again; this is the only sign of a loss. Charged to
 * the hour in which the second answer begins. An answer that shows no id, or cannot be read, tells nothing
 * about its neighbours.
 */
export function gapsBetween(table: EntryTable): Map<Hour, IdRange[]> {
  const gaps = new Map<Hour, IdRange[]>();
  let newest = -1;
  let follows = false;
  for (const window of table.windows) {
    const ids = window.kind === 'carried' && follows ? idsOf(table, window) : undefined;
    if (ids && ids.low > newest + 1) {
      const hour = table.hours.all[table.hour[ids.lowAt]!]!;
      gaps.set(hour, [...(gaps.get(hour) ?? []), [newest + 1, ids.low - 1]]);
    }
    newest = Math.max(newest, window.newestId ?? -1);
    follows = window.newestId !== null;
  }
  return gaps;
}
