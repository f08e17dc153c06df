import { ByteSink } from '../../bytes/byte-sink.js';
import { readDigits } from '../../bytes/digits.js';
import { endOfString, textBetween } from '../../bytes/json-string.js';
import { type Hour, HOUR_CHARACTERS } from '../../dataset/hour.js';
import { COMMA, LINE_FEED, QUOTE, SPACE } from '../../bytes/ascii.js';
import { compareIds, idJson, type RecordId } from '../../dataset/record-id.js';
import type { Refusal, RefusedElement } from '../../dataset/reason.js';
import type { BatchAnswer } from '../decrypt/open-answer.js';

/** One answer's part of the table. */
export interface TableWindow {
  readonly raw: string;
  readonly kind: BatchAnswer['kind'];
  /** The highest whole-number id that the answer shows; null where it shows none, or was not read. */
  readonly newestId: number | null;
  readonly refusals: readonly Refusal[];
  /** Its entries: from this one on, up to and without `end`. */
  readonly from: number;
  readonly end: number;
}

/** A place in a table to which it can go back. */
export interface TableMark {
  readonly count: number;
  readonly used: number;
  readonly windows: number;
}

/**
 * The entries of a batch as columns of numbers over their bytes: entry n is at position n of every array. As
 * objects with texts they would take some ten times the processor time, most of it in the garbage collector.
 */
export class EntryTable {
  count = 0;
  readonly windows: TableWindow[] = [];
  readonly hours = new Names<Hour>();
  readonly keys = new Names<string>();
  /** Ids that are text. */
  readonly texts = new Names<string>();
  /** The id; a text is `-1 - its position in texts`. Equal numbers are equal ids. */
  id: Float64Array;
  index: Uint32Array;
  /** Positions in `hours`, `windows` and `keys`. */
  hour: Uint32Array;
  window: Uint32Array;
  key: Uint32Array;
  /** Offset of what stands behind the head: `jsonBytes,{row}` or `"reason"`. */
  tail: Float64Array;
  /** Offset of the row; of the reason, where there is no row. */
  row: Float64Array;
  /** Offset behind it. */
  end: Float64Array;

  /** `room`: entries for which there is room from the start, 48 bytes each. */
  constructor(
    readonly sink: ByteSink = new ByteSink(),
    room = 1_024,
  ) {
    this.id = new Float64Array(room);
    this.index = new Uint32Array(room);
    this.hour = new Uint32Array(room);
    this.window = new Uint32Array(room);
    this.key = new Uint32Array(room);
    this.tail = new Float64Array(room);
    this.row = new Float64Array(room);
    this.end = new Float64Array(room);
  }

  /** What tail, row and end are offsets into. */
  get bytes(): Buffer {
    return this.sink.bytes;
  }

  /** An entry of the window that `close` adds next; its bytes stand in the sink by now. */
  add(id: RecordId, index: number, hour: number, key: number, tail: number, row: number, end: number): void {
    const entry = this.count;
    if (entry === this.id.length) this.#grow();
    this.id[entry] = typeof id === 'number' ? id : -1 - this.texts.numberOf(id);
    this.index[entry] = index;
    this.hour[entry] = hour;
    this.window[entry] = this.windows.length;
    this.key[entry] = key;
    this.tail[entry] = tail;
    this.row[entry] = row;
    this.end[entry] = end;
    this.count = entry + 1;
  }

  /** Ends the window of the entries added since the one before was closed. */
  close(
    { raw, kind }: Pick<BatchAnswer, 'raw' | 'kind'>,
    newestId: number | null = null,
    refusals: readonly RefusedElement[] = [],
  ): TableWindow {
    const from = this.windows.at(-1)?.end ?? 0;
    const named = refusals.map((refusal) => ({ ...refusal, raw }));
    const window = { raw, kind, newestId, refusals: named, from, end: this.count };
    this.windows.push(window);
    return window;
  }

  mark(): TableMark {
    return { count: this.count, used: this.sink.used, windows: this.windows.length };
  }

  /** Goes back to the mark. Names learnt since then stay; they do no harm. */
  goBack({ count, used, windows }: TableMark): void {
    this.count = count;
    this.sink.used = used;
    this.windows.length = windows;
  }

  idOf(entry: number): RecordId {
    const id = this.id[entry]!;
    return id >= 0 ? id : this.texts.all[-1 - id]!;
  }

  /** Order of the ids of two entries. */
  compareIds(a: number, b: number): number {
    const one = this.id[a]!;
    const other = this.id[b]!;
    return one >= 0 && other >= 0 ? one - other : compareIds(this.idOf(a), this.idOf(b));
  }

  isRefused(entry: number): boolean {
    return this.tail[entry] === this.row[entry];
  }

  /**
   * Byte order of the row, or of the reason, of two entries. A row comes before a reason: `{` sorts behind
   * `"`, so this is written out.
   */
  compareVerdicts(a: number, b: number): number {
    const refused = Number(this.isRefused(a)) - Number(this.isRefused(b));
    if (refused !== 0) return refused;
    return this.bytes.compare(this.bytes, this.row[b], this.end[b], this.row[a], this.end[a]);
  }

  #grow(): void {
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

/**
 * How a table waits in staging for `partition`. Each window begins with a line of JSON; then comes a line for each of its entries,
 * `<hour> [id,0,index,key,…]`, where `key` is a position in `keys`.
 */
interface Head {
  readonly raw: string;
  readonly kind: BatchAnswer['kind'];
  readonly newestId: number | null;
  readonly keys: readonly string[];
  readonly entries: number;
  readonly refusals: readonly RefusedElement[];
}

/** Reads what `writeEntryTable` has written. Throws SyntaxError. */
export function readEntryTable(bytes: Buffer): EntryTable {
  const table = new EntryTable(new ByteSink(bytes.length, bytes));
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf(LINE_FEED, at);
    const head = JSON.parse(bytes.toString('utf8', at, headEnd)) as Head;
    const keys = head.keys.map((key) => table.keys.numberOf(key));
    at = headEnd + 1;
    for (let i = 0; i < head.entries; i += 1) at = readEntry(table, bytes, at, keys);
    table.close(head, head.newestId, head.refusals);
  }
  return table;
}

/** One line, `<hour> [id,0,index,key,…]`; gives the offset of the next. */
function readEntry(table: EntryTable, bytes: Buffer, at: number, keys: readonly number[]): number {
  const lineEnd = bytes.indexOf(LINE_FEED, at);
  const idAt = at + HOUR_CHARACTERS + 2;
  const isText = bytes[idAt] === QUOTE;
  const c1 = isText ? endOfString(bytes, idAt, lineEnd) : commaAfter(bytes, idAt, lineEnd);
  const c2 = commaAfter(bytes, c1 + 1, lineEnd);
  const c3 = commaAfter(bytes, c2 + 1, lineEnd);
  const c4 = commaAfter(bytes, c3 + 1, lineEnd);
  const key = keys[readDigits(bytes, c3 + 1, c4)];
  if (key === undefined || bytes[at + HOUR_CHARACTERS] !== SPACE)
    throw new SyntaxError('not a compacted entry');
  const id = isText ? textBetween(bytes, idAt, c1) : readDigits(bytes, idAt, c1);
  const index = readDigits(bytes, c2 + 1, c3);
  const row = bytes[c4 + 1] === QUOTE ? c4 + 1 : commaAfter(bytes, c4 + 1, lineEnd) + 1;
  table.add(id, index, hourNumber(table, bytes, at), key, c4 + 1, row, lineEnd - 1);
  return lineEnd + 1;
}

function commaAfter(bytes: Buffer, from: number, end: number): number {
  for (let at = from; at < end; at += 1) if (bytes[at] === COMMA) return at;
  throw new SyntaxError('not a compacted entry');
}

/** Of the hour that stands at `at`. Neighbours mostly share theirs: then nothing is decoded. */
function hourNumber(table: EntryTable, bytes: Buffer, at: number): number {
  const { hours, count } = table;
  const last = count > 0 ? table.hour[count - 1]! : -1;
  const text = hours.all[last];
  if (text !== undefined) {
    let same = 0;
    while (same < HOUR_CHARACTERS && bytes[at + same] === text.charCodeAt(same)) same += 1;
    if (same === HOUR_CHARACTERS) return last;
  }
  return hours.numberOf(bytes.toString('latin1', at, at + HOUR_CHARACTERS) as Hour);
}

/** Writes the table as `readEntryTable` reads it. */
export function writeEntryTable(table: EntryTable, out: ByteSink): void {
  for (const { raw, kind, newestId, refusals, from, end } of table.windows) {
    const keys = [...new Set(table.key.subarray(from, end))];
    const head: Head = {
      raw,
      kind,
      newestId,
      keys: keys.map((key) => table.keys.all[key]!),
      entries: end - from,
      refusals: refusals.map(({ raw: _, ...refusal }) => refusal),
    };
    out.text(`${JSON.stringify(head)}\n`);
    for (let e = from; e < end; e += 1) {
      out.text(
        `${table.hours.all[table.hour[e]!]} [${idJson(table.idOf(e))},0,${table.index[e]},${keys.indexOf(table.key[e]!)},`,
      );
      out.copy(table.bytes, table.tail[e]!, table.end[e]!);
      out.text(']\n');
    }
  }
}
