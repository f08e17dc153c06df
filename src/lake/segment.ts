import type { Hour } from '../dataset/hour.js';
import { compareIds, type RecordId } from '../dataset/record-id.js';
import { type IdRange, rangesOfSorted } from './id-ranges.js';
import type { QuarantineReason } from '../dataset/reason.js';

/**
 * One appearance of a record in the archive: which answer showed it (`raw`), at which position (`index`).
 * `row` is the compact row; undefined when it equals that of the first entry with this id in the same segment (windows
 * overlap, so half of all appearances are such). A record that was refused has a `reason` and no row.
 */
export interface Entry {
  readonly id: RecordId;
  readonly raw: string;
  readonly index: number;
  /** Key id that opened it. */
  readonly key: string;
  /** UTF-8 bytes of the readable record as minified JSON. */
  readonly jsonBytes: number;
  readonly row?: string | undefined;
  readonly reason?: QuarantineReason | undefined;
}

/** With more of them than this its ids stand in its entries alone: a header is read by everyone who looks for something. */
export const SEGMENT_RANGES_MAX = 100;

/** The `ids` of a header, for entries with these whole-number ids, ascending. */
export function segmentIds(ids: Iterable<number>): readonly IdRange[] | undefined {
  const ranges = rangesOfSorted(ids);
  return ranges.length <= SEGMENT_RANGES_MAX ? ranges : undefined;
}

/** Order of appearance: the order of the archive. */
export function compareAppearance(a: Pick<Entry, 'raw' | 'index'>, b: Pick<Entry, 'raw' | 'index'>): number {
  if (a.raw !== b.raw) return a.raw < b.raw ? -1 : 1;
  return a.index - b.index;
}

/** Order of entries. Where one appearance is told twice, the entry with a row comes first. */
export function compareEntries(a: Entry, b: Entry): number {
  return (
    compareIds(a.id, b.id) ||
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

export interface SegmentHeader {
  readonly hour: Hour;
  /** What its rows mean. */
  readonly definition?: string;
  readonly raws: readonly string[];
  readonly keys: readonly string[];
  /** All of its entries that are whole numbers; absent where only the entries tell. */
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
