import { Buffer } from 'node:buffer';
import { writeDigits } from '../../bytes/digits.js';
import type { EntryTable } from '../compact/entry-table.js';
import type { Hour } from '../../dataset/hour.js';
import { idJson } from '../../dataset/record-id.js';
import type { IdRange } from '../../lake/id-ranges.js';
import { compareTexts, segmentIds } from '../../lake/segment.js';
import { CLOSE_BRACKET, COMMA, LINE_FEED, OPEN_BRACKET } from '../../bytes/ascii.js';

/** Brackets, commas, the line's end, and four numbers. */
const HEAD_BYTES_MAX = 72;

/** Written out at once, unless told. */
const CHUNK_BYTES = 256 * 1024;

export interface PackedSegment {
  readonly hour: Hour;
  readonly entries: number;
  /** As `encodeSegment` writes it. The table must still hold what it held. */
  readonly bytes: () => Buffer;
  /** The same in pieces of about that size. Each is written over when the next one is asked for. */
  readonly chunks: (sizeBytes?: number) => Iterable<Buffer>;
}

/**
 * The table's entries (those of answers that are carried) as one segment an hour, hours ascending, in the very bytes of
 * `encodeSegment(buildSegment(…))`: sorted, without an appearance told twice, and without rows that repeat the first one of
 * their id.
 */
export function packSegments(
  table: EntryTable,
  gaps: ReadonlyMap<Hour, readonly IdRange[]>,
  definition?: string,
): PackedSegment[] {
  const ranks = rawRanks(table);
  return byHour(table).map(([hour, entries]) => {
    sortEntries(table, ranks, entries);
    return packSegment(table, { hour, definition, gaps: gaps.get(hour) }, entries);
  });
}

/** The entries of each hour, hours ascending. */
function byHour(table: EntryTable): [Hour, Uint32Array][] {
  const { hours, windows } = table;
  const carried = windows.filter(({ kind }) => kind === 'carried');
  const counts = new Uint32Array(hours.all.length);
  for (const { from, end } of carried) for (let e = from; e < end; e += 1) counts[table.hour[e]!]! += 1;
  const groups = [...counts].map((count) => new Uint32Array(count));
  counts.fill(0);
  for (const { from, end } of carried) {
    for (let e = from; e < end; e += 1) {
      const hour = table.hour[e]!;
      groups[hour]![counts[hour]!] = e;
      counts[hour]! += 1;
    }
  }
  return hours.all
    .map((hour, i): [Hour, Uint32Array] => [hour, groups[i]!])
    .filter(([, entries]) => entries.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** For each window, where its raw name stands among all of them in order. */
function rawRanks({ windows }: EntryTable): Uint32Array {
  const names = [...new Set(windows.map(({ raw }) => raw))].sort();
  const rankOf = new Map(names.map((name, rank) => [name, rank]));
  return Uint32Array.from(windows, ({ raw }) => rankOf.get(raw)!);
}

/** Sorts by (id, raw, index, verdict, key). Answers mostly come in order and then need no sorting. */
function sortEntries(table: EntryTable, ranks: Uint32Array, entries: Uint32Array): void {
  const { window, index } = table;
  const compare = (a: number, b: number): number =>
    table.compareIds(a, b) ||
    ranks[window[a]!]! - ranks[window[b]!]! ||
    index[a]! - index[b]! ||
    table.compareVerdicts(a, b) ||
    compareTexts(table.keys.all[table.key[a]!]!, table.keys.all[table.key[b]!]!);
  for (let i = 1; i < entries.length; i += 1) {
    if (compare(entries[i - 1]!, entries[i]!) <= 0) continue;
    entries.sort(compare);
    return;
  }
}

function packSegment(
  table: EntryTable,
  { hour, definition, gaps }: Told,
  entries: Uint32Array,
): PackedSegment {
  const kept = keep(table, entries);
  const raws = [...new Set(numbersIn(table.window, entries).map((at) => table.windows[at]!.raw))].sort();
  const keys = numbersIn(table.key, kept.entries)
    .map((at) => table.keys.all[at]!)
    .sort();
  const ids = segmentIds(idsOf(table, kept.entries));
  const head = Buffer.from(`${JSON.stringify({ hour, definition, raws, keys, ids, gaps })}\n`);
  const rawAt = new Map(raws.map((raw, i) => [raw, i]));
  const rawOf = Uint32Array.from(table.windows, ({ raw }) => rawAt.get(raw) ?? 0);
  const keyOf = Uint32Array.from(table.keys.all, (key) => Math.max(0, keys.indexOf(key)));
  const all: Packing = { table, head, kept, rawOf, keyOf };
  const sizeBytesMax = head.length + kept.bytesMax;
  return {
    hour,
    entries: kept.entries.length,
    bytes: () => Buffer.concat([...pack(all, sizeBytesMax)]),
    chunks: (sizeBytes = CHUNK_BYTES) => pack(all, Math.min(sizeBytes, sizeBytesMax)),
  };
}

/** What a header tells that is not in the table. */
interface Told {
  readonly hour: Hour;
  readonly definition: string | undefined;
  readonly gaps: readonly IdRange[] | undefined;
}

interface Packing {
  readonly table: EntryTable;
  readonly head: Buffer;
  readonly kept: Kept;
  /** Position in the segment's own list, by that in the table's. */
  readonly rawOf: Uint32Array;
  readonly keyOf: Uint32Array;
}

function* pack({ table, head, kept, rawOf, keyOf }: Packing, sizeBytes: number): Generator<Buffer> {
  let bytes = Buffer.allocUnsafe(Math.max(head.length, sizeBytes));
  let at = head.copy(bytes);
  for (let i = 0; i < kept.entries.length; i += 1) {
    const [entry, end] = [kept.entries[i]!, kept.ends[i]!];
    const room = HEAD_BYTES_MAX + textRoom(table, entry) + end - table.tail[entry]!;
    if (at + room > bytes.length) {
      yield bytes.subarray(0, at);
      at = 0;
      if (room > bytes.length) bytes = Buffer.allocUnsafe(room);
    }
    at = writeEntry(bytes, at, table, entry, end, rawOf[table.window[entry]!]!, keyOf[table.key[entry]!]!);
  }
  yield bytes.subarray(0, at);
}

/** `[id,raw,index,key,…]` and a line feed; the offset behind it. */
function writeEntry(
  bytes: Buffer,
  from: number,
  table: EntryTable,
  entry: number,
  end: number,
  raw: number,
  key: number,
): number {
  bytes[from] = OPEN_BRACKET;
  const id = table.id[entry]!;
  let at =
    id >= 0 ? writeDigits(bytes, id, from + 1) : from + 1 + bytes.write(idJson(table.idOf(entry)), from + 1);
  bytes[at] = COMMA;
  at = writeDigits(bytes, raw, at + 1);
  bytes[at] = COMMA;
  at = writeDigits(bytes, table.index[entry]!, at + 1);
  bytes[at] = COMMA;
  at = writeDigits(bytes, key, at + 1);
  bytes[at] = COMMA;
  at += 1 + table.bytes.copy(bytes, at + 1, table.tail[entry], end);
  bytes[at] = CLOSE_BRACKET;
  bytes[at + 1] = LINE_FEED;
  return at + 2;
}

/** Those that are numbers. */
function idsOf({ id }: EntryTable, entries: Uint32Array): Float64Array {
  const ids = new Float64Array(entries.length);
  let count = 0;
  for (let i = 0; i < entries.length; i += 1)
    if (id[entries[i]!]! >= 0) {
      ids[count] = id[entries[i]!]!;
      count += 1;
    }
  return ids.subarray(0, count);
}

/** Bytes that an id takes at most where it is text: a quote is written as two, a control character as six. */
function textRoom({ id, texts }: EntryTable, entry: number): number {
  const number = id[entry]!;
  return number >= 0 ? 0 : 6 * texts.all[-1 - number]!.length;
}

/** What a column holds of these entries, each number once. */
function numbersIn(column: Uint32Array, entries: Uint32Array): number[] {
  const numbers = new Set<number>();
  let last = -1;
  for (let i = 0; i < entries.length; i += 1) {
    const number = column[entries[i]!]!;
    if (number !== last) numbers.add(number);
    last = number;
  }
  return [...numbers];
}

interface Kept {
  readonly entries: Uint32Array;
  /** Offset behind what is written of each: without the row where it repeats the first of its id. */
  readonly ends: Float64Array;
  readonly bytesMax: number;
}

function keep(table: EntryTable, sorted: Uint32Array): Kept {
  const { id, index, window, windows, tail, row, end, bytes } = table;
  const entries = new Uint32Array(sorted.length);
  const ends = new Float64Array(sorted.length);
  let bytesMax = 0;
  let count = 0;
  let last = -1;
  /** The first entry with this id that has a row. */
  let first = -1;
  for (let i = 0; i < sorted.length; i += 1) {
    const entry = sorted[i]!;
    const sameId = last >= 0 && id[last] === id[entry];
    const sameRaw = sameId && windows[window[last]!]!.raw === windows[window[entry]!]!.raw;
    if (sameRaw && index[last] === index[entry]) continue;
    if (!sameId) first = -1;
    ends[count] = end[entry]!;
    if (!table.isRefused(entry)) {
      if (first < 0) first = entry;
      else if (bytes.compare(bytes, row[first], end[first], row[entry], end[entry]) === 0)
        ends[count] = row[entry]! - 1;
    }
    bytesMax += HEAD_BYTES_MAX + textRoom(table, entry) + ends[count]! - tail[entry]!;
    entries[count] = entry;
    count += 1;
    last = entry;
  }
  return { entries: entries.subarray(0, count), ends: ends.subarray(0, count), bytesMax };
}
