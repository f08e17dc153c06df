import type { IdRange } from '../../src/lake/id-ranges.js';
import type { Hour } from '../../src/dataset/hour.js';
import type { RecordId } from '../../src/dataset/record-id.js';
import type { QuarantineReason } from '../../src/dataset/reason.js';
import {
  compareEntries,
  decodeSegmentHeader,
  type Entry,
  isSameAppearance,
  segmentIds,
  type SegmentHeader,
} from '../../src/lake/segment.js';

// The slow twin of pack-segments.ts and segment-cursor.ts: the same form by strings and objects, to hold them against.

export interface Segment {
  readonly hour: Hour;
  /** Raw names, ascending. */
  readonly raws: readonly string[];
  /** Ascending by (id, raw, index). */
  readonly entries: readonly Entry[];
  /** Ids between two windows that did not overlap, where the second begins in this hour; absent when there are none. */
  readonly gaps?: readonly IdRange[];
}

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
  const ids = segmentIds(segment.entries.map(({ id }) => id).filter((id) => typeof id === 'number'));
  const lines = [JSON.stringify({ hour, raws, keys, ids, gaps })];
  for (const e of segment.entries) {
    const head = `[${JSON.stringify(e.id)},${rawAt.get(e.raw)},${e.index},${keyAt.get(e.key)},`;
    if (e.reason !== undefined) lines.push(`${head}${JSON.stringify(e.reason)}]`);
    else lines.push(e.row === undefined ? `${head}${e.jsonBytes}]` : `${head}${e.jsonBytes},${e.row}]`);
  }
  return `${lines.join('\n')}\n`;
}

/** Up to the comma behind the key; an id is digits, or a JSON string. */
const HEAD = /^\[("(?:[^"\\]|\\.)*"|\d+),(\d+),(\d+),(\d+),/;

/** One entry line. `rowOfFirst` is not filled in here: the reader knows the entry before. Throws SyntaxError. */
function decodeEntry(line: string, header: SegmentHeader): Entry {
  const [head = '', id, rawAt, index, keyAt] = HEAD.exec(line) ?? [];
  const raw = header.raws[Number(rawAt)];
  const key = header.keys[Number(keyAt)];
  if (id === undefined || raw === undefined || key === undefined)
    throw new SyntaxError('not a segment entry');
  const entry = { id: JSON.parse(id) as RecordId, raw, index: Number(index), key };
  const c4 = head.length - 1;
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
