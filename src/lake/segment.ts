import type { Hour } from '../dataset/hour.js';
import { type IdRange, rangesOfSorted } from './id-ranges.js';
import type { QuarantineReason } from '../dataset/reason.js';

/**
 * One appearance of a record in the archive: which answer showed it (`raw`), at which position (`index`).
 * `row` is the compact row; undefined when it equals that of the first entry with this id in the same segment (windows
 * overlap, so half of all appearances are such). A record that was refused has a `reason` and no row.
 */
export interface Entry {
  readonly id: number;
  readonly raw: string;
  readonly index: number;
  /** Key id that opened it. */
  readonly key: string;
  /** UTF-8 bytes of the readable record as minified JSON. */
  readonly jsonBytes: number;
  readonly row?: string | undefined;
  readonly reason?: QuarantineReason | undefined;
}

export interface Segment {
  readonly hour: Hour;
  /** Raw names, ascending. */
  readonly raws: readonly string[];
  /** Ascending by (id, raw, index). */
  readonly entries: readonly Entry[];
  /** Ids between two windows that did not overlap, where the second begins in this hour; absent when there are none. */
  readonly gaps?: readonly IdRange[];
}

/** With more of them than this its ids stand in its entries alone: a header is read by everyone who looks for something. */
export const SEGMENT_RANGES_MAX = 100;

/** The `ids` of a header, for entries with these ids, ascending. */
export function segmentIds(ids: Iterable<number>): readonly IdRange[] | undefined {
  const ranges = rangesOfSorted(ids);
  return ranges.length <= SEGMENT_RANGES_MAX ? ranges : undefined;
}

/** Order of appearance: the order of the archive. */
export function compareAppearance(a: Entry, b: Entry): number {
  if (a.raw !== b.raw) return a.raw < b.raw ? -1 : 1;
  return a.index - b.index;
}

/** Of one appearance told twice, by two versions of the code, the telling that landed comes first. */
export function compareEntries(a: Entry, b: Entry): number {
  return (
    a.id - b.id ||
    compareAppearance(a, b) ||
    compareTexts(verdictOf(a), verdictOf(b)) ||
    compareTexts(a.key, b.key)
  );
}

/** Whether both tell of the same place in the same answer. */
export function isSameAppearance(a: Entry | undefined, b: Entry): boolean {
  return a?.id === b.id && a.raw === b.raw && a.index === b.index;
}

const verdictOf = ({ row, reason }: Entry): string => (reason === undefined ? `0${row ?? ''}` : `1${reason}`);
export const compareTexts = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Sorts, drops an appearance told twice, and leaves out rows that repeat the first one of their id. */
export function buildSegment(hour: Hour, entries: readonly Entry[]): Segment {
  const sorted = [...entries].sort(compareEntries);
  const kept: Entry[] = [];
  let first: Entry | undefined;
  for (const entry of sorted) {
    const last = kept.at(-1);
    if (isSameAppearance(last, entry)) continue;
    if (first?.id !== entry.id) first = undefined;
    if (first && entry.row !== undefined && entry.row === first.row) kept.push({ ...entry, row: undefined });
    else {
      if (!first && entry.row !== undefined) first = entry;
      kept.push(entry);
    }
  }
  return { hour, raws: [...new Set(sorted.map((entry) => entry.raw))].sort(), entries: kept };
}

/**
 * As NDJSON. First line: `{"hour","raws":[…],"keys":[…],"ids":[[from,to],…]}` (and `gaps`, if any; without `ids` where those
 * are more than SEGMENT_RANGES_MAX ranges, or it is from an older version). Then one entry a line:
 * `[id,raw,index,key,jsonBytes,{row}]`, `[id,raw,index,key,jsonBytes]` (row of the first entry of this id) or
 * `[id,raw,index,key,"reason"]`; `raw` and `key` are positions in the first line's lists.
 */
export function encodeSegment(segment: Segment): string {
  const keys = [...new Set(segment.entries.map((entry) => entry.key))].sort();
  const keyAt = new Map(keys.map((key, i) => [key, i]));
  const rawAt = new Map(segment.raws.map((raw, i) => [raw, i]));
  const { hour, raws, gaps } = segment;
  const ids = segmentIds(segment.entries.map(({ id }) => id));
  const lines = [JSON.stringify({ hour, raws, keys, ids, gaps })];
  for (const e of segment.entries) {
    const head = `[${e.id},${rawAt.get(e.raw)},${e.index},${keyAt.get(e.key)},`;
    if (e.reason !== undefined) lines.push(`${head}${JSON.stringify(e.reason)}]`);
    else lines.push(e.row === undefined ? `${head}${e.jsonBytes}]` : `${head}${e.jsonBytes},${e.row}]`);
  }
  return `${lines.join('\n')}\n`;
}

export interface SegmentHeader {
  readonly hour: Hour;
  readonly raws: readonly string[];
  readonly keys: readonly string[];
  /** Of all its entries; absent where only they tell. */
  readonly ids?: readonly IdRange[];
  readonly gaps?: readonly IdRange[];
}

/** Throws SyntaxError for what is none. */
export function decodeSegmentHeader(line: string): SegmentHeader {
  const header = JSON.parse(line) as Partial<SegmentHeader> | null;
  const areTexts = (list: unknown): boolean =>
    Array.isArray(list) && list.every((text) => typeof text === 'string');
  if (typeof header?.hour !== 'string' || !areTexts(header.raws) || !areTexts(header.keys))
    throw new SyntaxError('not a segment: its first line is no header');
  return header as SegmentHeader;
}

/** One entry line. `rowOfFirst` is not filled in here: the reader knows the entry before. Throws SyntaxError. */
export function decodeEntry(line: string, header: SegmentHeader): Entry {
  const c1 = line.indexOf(',');
  const c2 = line.indexOf(',', c1 + 1);
  const c3 = line.indexOf(',', c2 + 1);
  const c4 = line.indexOf(',', c3 + 1);
  const raw = header.raws[Number(line.slice(c1 + 1, c2))];
  const key = header.keys[Number(line.slice(c3 + 1, c4))];
  if (c4 < 0 || raw === undefined || key === undefined) throw new SyntaxError('not a segment entry');
  const entry = { id: Number(line.slice(1, c1)), raw, index: Number(line.slice(c2 + 1, c3)), key };
  if (line[c4 + 1] === '"') {
    return { ...entry, jsonBytes: 0, reason: JSON.parse(line.slice(c4 + 1, -1)) as QuarantineReason };
  }
  const c5 = line.indexOf(',', c4 + 1);
  if (c5 < 0) return { ...entry, jsonBytes: Number(line.slice(c4 + 1, -1)) };
  return { ...entry, jsonBytes: Number(line.slice(c4 + 1, c5)), row: line.slice(c5 + 1, -1) };
}

/** A whole segment's text, rows filled in. Throws SyntaxError for what is not one. */
export function decodeSegment(text: string): Segment {
  const lines = text.split('\n');
  const header = decodeSegmentHeader(lines[0] ?? '');
  const entries: Entry[] = [];
  let first: Entry | undefined;
  for (let i = 1; i < lines.length; i += 1) {
    const line = lines[i]!;
    if (line === '') continue;
    const entry = decodeEntry(line, header);
    if (first?.id !== entry.id) first = undefined;
    if (entry.row !== undefined) first ??= entry;
    entries.push(
      entry.row === undefined && entry.reason === undefined ? { ...entry, row: first?.row } : entry,
    );
  }
  return { hour: header.hour, raws: header.raws, entries, ...(header.gaps ? { gaps: header.gaps } : {}) };
}
