import { Buffer } from 'node:buffer';
import { ByteDictionary } from '../../bytes/byte-dictionary.js';
import { type Codec, compactText } from '../../dataset/compaction.js';
import type { RecordForm } from '../../dataset/form.js';
import type { RecordId } from '../../dataset/record-id.js';
import { LIMITS } from '../../limits.js';
import { APOSTROPHE, BACKSLASH, NINE, QUOTE, SPACE, ZERO } from '../../bytes/ascii.js';
import { SAFE_DIGITS } from '../../dataset/literal-numbers.js';
import type { Skeleton, Slot } from './record-skeleton.js';
import { TIME_BYTES, TimeReader, writeTimeCode } from '../../dataset/time-reader.js';
import { HEX_ID_BYTES, writeHexIdCode } from '../../dataset/hex-code.js';

/** Bytes by which compact texts may be longer than they came, all together: a mark in front of each that has no code. */
const MARKS_BYTES = 64;

/** What stands for itself in a string, by the quote that ends it. */
const plainIn = (quote: number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, code) =>
    Number(code >= SPACE && code < 0x7f && code !== quote && code !== QUOTE && code !== BACKSLASH),
  );
const PLAIN: Readonly<Record<number, Uint8Array>> = {
  [QUOTE]: plainIn(QUOTE),
  [APOSTROPHE]: plainIn(APOSTROPHE),
};

/** The compact codes of texts, and the reader of times, that all templates share. */
export interface Codes {
  readonly dictionaries: ReadonlyMap<Codec, ByteDictionary>;
  readonly time: TimeReader;
}

export const codesOf = ({ columns }: RecordForm): Codes => ({
  dictionaries: new Map(
    columns.flatMap(({ codec }) =>
      codec?.kind === 'dictionary' ? [[codec, new ByteDictionary(codec.dictionary.codes)] as const] : [],
    ),
  ),
  time: new TimeReader(),
});

/**
 * Rows of records that have one skeleton, from bytes to bytes: what `readRecord` makes of them, at a tenth of its cost. Records
 * of a log differ only in their contents, and few of those are anything but plain text and whole numbers. What does not fit is
 * left to `readRecord`, and so is every record that it would refuse.
 */
export class RecordTemplate {
  /** Where the time of the event stood in the last record. */
  timeAt = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #out: Buffer = Buffer.alloc(0);
  /** Places reached in the two. */
  #at = 0;
  #to = 0;
  /** By slot. */
  readonly #dictionaries: readonly (ByteDictionary | undefined)[];

  constructor(
    private readonly skeleton: Skeleton,
    private readonly codes: Codes,
  ) {
    this.#dictionaries = skeleton.slots.map(({ codec }) => codec && codes.dictionaries.get(codec)) as (
      ByteDictionary | undefined
    )[];
  }

  /** UTF-8 bytes of the readable record as minified JSON, of one that has so many bytes itself. */
  jsonBytes(size: number): number {
    return size + this.skeleton.jsonDelta;
  }

  /** Room that the row of a record of so many bytes takes at most. */
  rowBytesMax(size: number): number {
    return size + Math.max(0, this.skeleton.jsonDelta) + MARKS_BYTES;
  }

  /** Writes the row of the record from `from` to `end` to `to`; the offset behind it, or -1 for one that does not fit. */
  write(bytes: Buffer, from: number, end: number, id: RecordId, out: Buffer, to: number): number {
    const { pieces, outs, slots } = this.skeleton;
    if (end - from > LIMITS.recordBytesMax) return -1;
    this.#bytes = bytes;
    this.#out = out;
    this.#at = from;
    this.#to = to;
    for (let i = 0; i < slots.length; i += 1)
      if (!this.#piece(pieces[i]!, outs[i]!) || !this.#slot(i, slots[i]!, id)) return -1;
    const whole = this.#piece(pieces[slots.length]!, outs[slots.length]!) && this.#at === end;
    return whole ? this.#to : -1;
  }

  #piece(piece: Buffer, outPiece: Buffer): boolean {
    const bytes = this.#bytes;
    const out = this.#out;
    const at = this.#at;
    const to = this.#to;
    for (let i = 0; i < piece.length; i += 1) if (bytes[at + i] !== piece[i]) return false;
    for (let i = 0; i < outPiece.length; i += 1) out[to + i] = outPiece[i]!;
    this.#at = at + piece.length;
    this.#to = to + outPiece.length;
    return true;
  }

  #slot(i: number, slot: Slot, id: RecordId): boolean {
    const { codec } = slot;
    if (slot.isId && (slot.quote === 0 ? typeof id !== 'number' : !this.#isText(slot.quote, id)))
      return false;
    if (codec === null)
      return slot.quote === 0
        ? this.#number(slot.isId ? (id as number) : -1)
        : this.#text(PLAIN[slot.quote]!);
    if (codec.kind === 'dictionary') return this.#code(slot.quote, codec, this.#dictionaries[i]!);
    if (codec.kind === 'hex') return this.#hex(slot.quote, codec);
    return slot.isTime ? this.#time() : this.#compacted(codec, this.#endOfText(slot.quote));
  }

  /** Whether the text at hand, up to its quote, is this id. */
  #isText(quote: number, id: RecordId): boolean {
    if (typeof id !== 'string') return false;
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < id.length; i += 1) if (bytes[at + i] !== id.charCodeAt(i)) return false;
    return bytes[at + id.length] === quote;
  }

  /** `expected`: the only value that fits; -1 where any does. */
  #number(expected: number): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    let value = 0;
    let at = start;
    for (let code = bytes[at]!; code >= ZERO && code <= NINE; code = bytes[at]!) {
      value = value * 10 + code - ZERO;
      this.#out[this.#to] = code;
      this.#to += 1;
      at += 1;
    }
    this.#at = at;
    const digits = at - start;
    if (digits === 0 || digits > SAFE_DIGITS || (digits > 1 && bytes[start] === ZERO)) return false;
    return expected < 0 || value === expected;
  }

  #text(plain: Uint8Array): boolean {
    const bytes = this.#bytes;
    const out = this.#out;
    let at = this.#at;
    let to = this.#to;
    for (let code = bytes[at]!; plain[code] === 1; code = bytes[at]!) {
      out[to] = code;
      to += 1;
      at += 1;
    }
    this.#at = at;
    this.#to = to;
    return true;
  }

  #time(): boolean {
    if (!this.codes.time.read(this.#bytes, this.#at)) return false;
    this.timeAt = this.#at;
    this.#to = writeTimeCode(this.#bytes, this.#at, this.#out, this.#to);
    this.#at += TIME_BYTES;
    return true;
  }

  #hex(quote: number, codec: Codec): boolean {
    if (this.#bytes[this.#at + HEX_ID_BYTES] === quote) {
      const to = writeHexIdCode(this.#bytes, this.#at, this.#out, this.#to);
      if (to >= 0) {
        this.#to = to;
        this.#at += HEX_ID_BYTES;
        return true;
      }
    }
    return this.#compacted(codec, this.#endOfText(quote));
  }

  #code(quote: number, codec: Codec, dictionary: ByteDictionary): boolean {
    const end = this.#endOfText(quote);
    const code = dictionary.codeOf(this.#bytes, this.#at, end);
    if (!code) return this.#compacted(codec, end);
    for (let i = 0; i < code.length; i += 1) this.#out[this.#to + i] = code[i]!;
    this.#to += code.length;
    this.#at = end;
    return true;
  }

  #endOfText(quote: number): number {
    const plain = PLAIN[quote]!;
    let end = this.#at;
    while (plain[this.#bytes[end]!] === 1) end += 1;
    return end;
  }

  /** What has no code of its own, or one that is made only here. */
  #compacted(codec: Codec, end: number): boolean {
    const text = this.#bytes.toString('latin1', this.#at, end);
    const code = compactText(codec, text);
    this.#to += this.#out.write(code, this.#to, 'latin1');
    this.#at = end;
    return true;
  }
}
