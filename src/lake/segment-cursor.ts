import type { Buffer } from 'node:buffer';
import { readDigits } from '../bytes/digits.js';
import { endOfString, textBetween } from '../bytes/json-string.js';
import { LineCursor, type Piece } from './lines.js';
import { COMMA, QUOTE } from '../bytes/ascii.js';
import type { QuarantineReason } from '../dataset/reason.js';
import { compareIds, type RecordId } from '../dataset/record-id.js';
import { decodeSegmentHeader, type SegmentHeader } from './segment.js';

/** A sorted segment that is read only once the merge comes to its first id, so that few are open at once. */
export interface MergeSource {
  readonly firstId: RecordId;
  open(): AsyncIterable<Buffer>;
  /** The error for what is no segment, which names this one. */
  explain(cause: unknown): unknown;
}

/**
 * A segment read line by line (segment.ts has its form): the fields are those of the entry it stands at. Throws SyntaxError
 * for what is no segment.
 */
export class SegmentCursor extends LineCursor {
  header: SegmentHeader | undefined;
  id: RecordId = 0;
  raw = '';
  index = 0;
  key = '';
  jsonBytes = 0;
  reason: QuarantineReason | undefined;
  /** The row, be it this entry's own or that of the first entry with its id; undefined for a refused one. */
  row: Piece | undefined;
  #first: Piece | undefined;
  #firstId: RecordId = -1;

  /** `explain` makes the error that is thrown of a fault: it knows which segment this is. */
  constructor(
    chunks: AsyncIterable<Buffer>,
    private readonly explain: (cause: unknown) => unknown = (cause) => cause,
  ) {
    super(chunks);
  }

  /** Reads the header and goes to the first entry; false where there is none. */
  async begin(): Promise<boolean> {
    if (!(await this.fill())) throw this.explain(new SyntaxError('not a segment: it is empty'));
    return this.next() || (await this.fill());
  }

  protected read(from: number, end: number): void {
    try {
      this.#read(from, end);
    } catch (error) {
      throw this.explain(error);
    }
  }

  #read(from: number, end: number): void {
    const { bytes } = this;
    if (!this.header) {
      this.header = decodeSegmentHeader(bytes.toString('utf8', from, end));
      return;
    }
    const isText = bytes[from + 1] === QUOTE;
    const c1 = isText ? endOfString(bytes, from + 1, end) : this.#comma(from + 1, end);
    const c2 = this.#comma(c1 + 1, end);
    const c3 = this.#comma(c2 + 1, end);
    const c4 = this.#comma(c3 + 1, end);
    const raw = this.header.raws[readDigits(bytes, c1 + 1, c2)];
    const key = this.header.keys[readDigits(bytes, c3 + 1, c4)];
    if (raw === undefined || key === undefined) throw new SyntaxError('not a segment entry');
    const id = isText ? textBetween(bytes, from + 1, c1) : readDigits(bytes, from + 1, c1);
    if (compareIds(id, this.id) < 0) throw new SyntaxError('a segment whose entries are not in order');
    this.id = id;
    this.raw = raw;
    this.index = readDigits(bytes, c2 + 1, c3);
    this.key = key;
    if (this.#firstId !== this.id) this.#first = undefined;
    this.#firstId = this.id;
    this.#tail(c4 + 1, end - 1);
  }

  #tail(from: number, end: number): void {
    const { bytes } = this;
    if (bytes[from] === QUOTE) {
      this.reason = JSON.parse(bytes.toString('utf8', from, end)) as QuarantineReason;
      this.jsonBytes = 0;
      this.row = undefined;
      return;
    }
    let comma = from;
    while (comma < end && bytes[comma] !== COMMA) comma += 1;
    this.reason = undefined;
    this.jsonBytes = readDigits(bytes, from, comma);
    if (comma === end) {
      if (!this.#first) throw new SyntaxError('a segment entry that repeats nothing');
      this.row = this.#first;
      return;
    }
    this.row = { bytes, from: comma + 1, end };
    this.#first ??= this.row;
  }

  #comma(from: number, end: number): number {
    for (let at = from; at < end; at += 1) if (this.bytes[at] === COMMA) return at;
    throw new SyntaxError('not a segment entry');
  }
}
