import { readDigits } from './digits.js';
import { type Hour, HOUR_CHARACTERS } from './hour.js';
import { COMMA, LINE_FEED, QUOTE, SPACE } from './literal-codes.js';
import type { Refusal } from './window.js';

/** One answer's part of the table. */
export interface TableWindow {
  readonly raw: string;
  /** Carried before; here only to tell what the next one repeats. */
  readonly context: boolean;
  readonly refusals: readonly Refusal[];
  /** Its entries: from this one on, up to and without `end`. */
  readonly from: number;
  readonly end: number;
}

/**
 * The entries of a batch as columns over the staged bytes, one number each: as objects with their texts they would cost
 * some ten times as much, most of it for the garbage collector. Column `n` of all arrays is one entry.
 */
export class EntryTable {
  count = 0;
  readonly windows: TableWindow[] = [];
  readonly hours = new Names<Hour>();
  readonly keys = new Names<string>();
  id = new Float64Array(1_024);
  index = new Uint32Array(1_024);
  /** Positions in `hours`, `windows` and `keys`. */
  hour = new Uint32Array(1_024);
  window = new Uint32Array(1_024);
  key = new Uint32Array(1_024);
  /** Offset of what stands behind the head: `jsonBytes,{row}` or `"reason"`. */
  tail = new Float64Array(1_024);
  /** Offset of the row; of the reason, where there is no row. */
  row = new Float64Array(1_024);
  /** Offset of the closing bracket. */
  end = new Float64Array(1_024);

  constructor(readonly bytes: Buffer) {}

  isRefused(entry: number): boolean {
    return this.tail[entry] === this.row[entry];
  }

  /** Byte order of what two entries say: a row comes before a reason, since a brace does not. */
  compareVerdicts(a: number, b: number): number {
    const refused = Number(this.isRefused(a)) - Number(this.isRefused(b));
    if (refused !== 0) return refused;
    return this.bytes.compare(this.bytes, this.row[b], this.end[b], this.row[a], this.end[a]);
  }

  grow(): void {
    this.id = twice(this.id, Float64Array);
    this.index = twice(this.index, Uint32Array);
    this.hour = twice(this.hour, Uint32Array);
    this.window = twice(this.window, Uint32Array);
    this.key = twice(this.key, Uint32Array);
    this.tail = twice(this.tail, Float64Array);
    this.row = twice(this.row, Float64Array);
    this.end = twice(this.end, Float64Array);
  }
}

/** Texts, each of which stands once and has a number. */
export class Names<T extends string> {
  readonly all: T[] = [];
  readonly #numbers = new Map<T, number>();

  numberOf(name: T): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.all.length);
    return this.all.push(name) - 1;
  }
}

function twice<A extends Float64Array | Uint32Array>(column: A, Column: new (length: number) => A): A {
  const larger = new Column(column.length * 2);
  larger.set(column);
  return larger;
}

/** Reads the compacted form (staged-form.ts). Throws SyntaxError. */
export function readEntryTable(bytes: Buffer): EntryTable {
  const table = new EntryTable(bytes);
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf(LINE_FEED, at);
    const head = JSON.parse(bytes.toString('utf8', at, headEnd)) as {
      raw: string;
      context?: boolean;
      keys: string[];
      entries: number;
      refusals: Omit<Refusal, 'raw'>[];
    };
    const { raw } = head;
    const keys = head.keys.map((key) => table.keys.numberOf(key));
    const from = table.count;
    at = headEnd + 1;
    for (let i = 0; i < head.entries; i += 1) at = readEntry(table, at, keys);
    const refusals = head.refusals.map((refusal) => ({ ...refusal, raw }));
    table.windows.push({ raw, context: head.context === true, refusals, from, end: table.count });
  }
  return table;
}

/** One line, `<hour> [id,0,index,key,…]`; gives the offset of the next. */
function readEntry(table: EntryTable, at: number, keys: readonly number[]): number {
  const { bytes, count: entry } = table;
  if (entry === table.id.length) table.grow();
  const lineEnd = bytes.indexOf(LINE_FEED, at);
  const c1 = commaAfter(bytes, at + HOUR_CHARACTERS + 2, lineEnd);
  const c2 = commaAfter(bytes, c1 + 1, lineEnd);
  const c3 = commaAfter(bytes, c2 + 1, lineEnd);
  const c4 = commaAfter(bytes, c3 + 1, lineEnd);
  const key = keys[readDigits(bytes, c3 + 1, c4)];
  if (key === undefined || bytes[at + HOUR_CHARACTERS] !== SPACE)
    throw new SyntaxError('not a compacted entry');
  table.hour[entry] = hourNumber(table, at);
  table.id[entry] = readDigits(bytes, at + HOUR_CHARACTERS + 2, c1);
  table.index[entry] = readDigits(bytes, c2 + 1, c3);
  table.key[entry] = key;
  table.window[entry] = table.windows.length;
  table.tail[entry] = c4 + 1;
  table.row[entry] = bytes[c4 + 1] === QUOTE ? c4 + 1 : commaAfter(bytes, c4 + 1, lineEnd) + 1;
  table.end[entry] = lineEnd - 1;
  table.count += 1;
  return lineEnd + 1;
}

function commaAfter(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at += 1) if (bytes[at] === COMMA) return at;
  throw new SyntaxError('not a compacted entry');
}

/** Of the hour that stands at `at`. Neighbours mostly share theirs: then nothing is decoded. */
function hourNumber(table: EntryTable, at: number): number {
  const { bytes, hours, count } = table;
  const last = count > 0 ? table.hour[count - 1]! : -1;
  const text = hours.all[last];
  if (text !== undefined) {
    let same = 0;
    while (same < HOUR_CHARACTERS && bytes[at + same] === text.charCodeAt(same)) same += 1;
    if (same === HOUR_CHARACTERS) return last;
  }
  return hours.numberOf(bytes.toString('latin1', at, at + HOUR_CHARACTERS) as Hour);
}
