import { Buffer } from 'node:buffer';
import { LIMITS } from '../limits.js';
import { CLOSE_BRACE, COMMA, LINE_FEED, OPEN_BRACE, OPEN_BRACKET, QUOTE, ZERO } from '../bytes/ascii.js';
import { endOfString, textBetween } from '../bytes/json-string.js';
import type { RecordId } from '../dataset/record-id.js';
import { type IdPlace, recordIdOf, type RowPlaces, textId } from './row-id.js';

/** A line that is longer than its reader is willing to hold. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong';
}

/**
 * The same bytes in chunks of whole lines; the rest after the last line break comes last. Only a line that
 * two chunks share is copied, as a chunk of its own. Throws LineTooLong for such a line of more than
 * `lineBytesMax`.
 */
export async function* wholeLines(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number = LIMITS.lineBytesMax,
): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = bytes.lastIndexOf(LINE_FEED) + 1;
    let from = 0;
    const first = end > 0 ? bytes.indexOf(LINE_FEED) + 1 : bytes.length;
    if (restBytes > 0 && restBytes + first > lineBytesMax) throw new LineTooLong();
    if (end > 0 && rest.length > 0) {
      from = first;
      yield Buffer.concat([...rest, bytes.subarray(0, from)]);
      rest = [];
      restBytes = 0;
    }
    if (end > from) yield bytes.subarray(from, end);
    if (end === bytes.length) continue;
    rest.push(bytes.subarray(end));
    restBytes += bytes.length - end;
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}

/** A place in lines that come chunk by chunk: `next` within a chunk, without waiting; `fill` for the next chunk. */
export abstract class LineCursor {
  protected bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Goes to the next line of this chunk; false where the chunk is at its end. */
  next(): boolean {
    const from = this.#at;
    if (from >= this.bytes.length) return false;
    const lineFeed = this.bytes.indexOf(LINE_FEED, from);
    const end = lineFeed < 0 ? this.bytes.length : lineFeed;
    this.#at = end + 1;
    if (end === from) return this.next();
    this.read(from, end);
    return true;
  }

  /** Goes to the first line of the next chunk; false at the end of all. */
  async fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.bytes = next.value;
      this.#at = 0;
      if (this.next()) return true;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Takes the line from `from` to `end`, without its break. */
  protected abstract read(from: number, end: number): void;
}

/** A piece of some bytes, which stay as they are. */
export interface Piece {
  readonly bytes: Buffer;
  readonly from: number;
  readonly end: number;
}

export const samePiece = (a: Piece, b: Piece): boolean =>
  a.end - a.from === b.end - b.from && a.bytes.compare(b.bytes, b.from, b.end, a.from, a.end) === 0;

/** Landed rows, one a line. Throws SyntaxError for what is none. */
export class RowCursor extends LineCursor {
  id: RecordId = 0;
  row: Piece = { bytes: this.bytes, from: 0, end: 0 };
  readonly #ids: RowIds;

  constructor(chunks: AsyncIterable<Buffer>, places: RowPlaces) {
    super(chunks);
    this.#ids = new RowIds(places);
  }

  protected read(from: number, end: number): void {
    this.id = this.#ids.at(this.bytes, from, end);
    this.row = { bytes: this.bytes, from, end };
  }
}

/** Finds the ids in compact rows, as `recordIdOf`, for the most part without parsing them. */
export class RowIds {
  readonly #key: Buffer;

  constructor(private readonly places: IdPlace) {
    this.#key = Buffer.from(`${JSON.stringify(places.idColumn)}:`);
  }

  at(bytes: Buffer, from: number, end: number): RecordId {
    const key = bytes.indexOf(this.#key, from);
    // Within a string every quote is escaped, so this is a key; of the row itself, where no bracket stands before it.
    if (key >= 0 && key < end && !opensBetween(bytes, from + 1, key)) {
      let id = 0;
      let at = key + this.#key.length;
      const start = at;
      if (bytes[at] === QUOTE)
        return textId(textBetween(bytes, at, endOfString(bytes, at, end)), this.places);
      for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[at]! - ZERO) {
        id = id * 10 + digit;
        at += 1;
      }
      if (at > start && at - start <= 15 && (bytes[at] === COMMA || bytes[at] === CLOSE_BRACE)) return id;
    }
    return recordIdOf(bytes.toString('utf8', from, end), this.places);
  }
}

function opensBetween(bytes: Buffer, from: number, end: number): boolean {
  for (let at = from; at < end; at += 1)
    if (bytes[at] === OPEN_BRACE || bytes[at] === OPEN_BRACKET) return true;
  return false;
}
