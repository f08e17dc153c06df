import { Buffer } from 'node:buffer';
import { APOSTROPHE, BACKSLASH, COMMA, NINE, QUOTE, SPACE, ZERO } from '../../bytes/ascii.js';
import { ByteDictionary } from '../../bytes/byte-dictionary.js';
import { type Codec, compactText, localTimeJson } from '../../dataset/compaction.js';
import type { RecordForm } from '../../dataset/form.js';
import { HEX_ID_BYTES, writeHexIdCode } from '../../dataset/hex-code.js';
import { SAFE_DIGITS } from '../../dataset/literal-numbers.js';
import { idInFront } from '../../dataset/record.js';
import type { RecordId } from '../../dataset/record-id.js';
import { TIME_BYTES, TimeReader, writeTimeCode } from '../../dataset/time-reader.js';
import { LIMITS } from '../../limits.js';
import { BOOLEAN, FRACTION, INTEGER, NULL, type Skeleton, type Slot, TEXT } from './record-skeleton.js';

/** Bytes by which a compact text may be longer than it came: a mark in front, a long code, or an instant. */
const LONGER_BYTES = 32;
/** Of one character of a text in JSON, at most. */
const ESCAPED_BYTES = 6;
/** Digits of a whole number that is certain to stay within 64 bits. */
const INT64_DIGITS = 18;
/** Digits behind a point that a number is read with; more are left to `readRecord`. */
const FRACTION_DIGITS = 40;
const [MINUS, POINT] = [0x2d, 0x2e];
/** 1 January 5000. Later times are left to `readRecord`. */
const FAR_MS = 95_617_584_000_000;

/** What stands for itself in a string, by the quote that ends it. */
const plainIn = (quote: number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, code) =>
    Number(code >= SPACE && code < 0x7f && code !== quote && code !== QUOTE && code !== BACKSLASH),
  );
const IN_QUOTES = plainIn(QUOTE);
const IN_APOSTROPHES = plainIn(APOSTROPHE);

/** A name, what it is in JSON, and the kind of value that it stands for. */
type Word = readonly [name: Buffer, json: Buffer, kind: number];
const word = (name: string, json: string, kind: number): Word => [Buffer.from(name), Buffer.from(json), kind];
const JSON_WORDS = [
  word('true', 'true', BOOLEAN),
  word('false', 'false', BOOLEAN),
  word('null', 'null', NULL),
];
const PYTHON_WORDS = [
  word('True', 'true', BOOLEAN),
  word('False', 'false', BOOLEAN),
  word('None', 'null', NULL),
];

/** The compact codes of texts, and the reader of times, that all templates share. */
export interface Codes {
  readonly form: RecordForm;
  readonly dictionaries: ReadonlyMap<Codec, ByteDictionary>;
  readonly time: TimeReader;
}

export const codesOf = (form: RecordForm): Codes => ({
  form,
  dictionaries: new Map(
    form.columns.flatMap(({ codec }) =>
      codec?.kind === 'dictionary' ? [[codec, new ByteDictionary(codec.dictionary.codes)] as const] : [],
    ),
  ),
  time: new TimeReader(),
});

/**
 * Makes the rows of all records that share one skeleton, from bytes to bytes: the same rows as `readRecord`,
 * at a tenth of its cost. What does not fit the skeleton, or would be refused, is left to `readRecord`.
 */
export class RecordTemplate {
  /** Of the last record: ms since 1970. */
  eventMs = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #out: Buffer = Buffer.alloc(0);
  /** Places reached in the two. */
  #at = 0;
  #to = 0;
  readonly #outs: readonly Buffer[];
  readonly #words: readonly Word[];
  readonly #longerBytes: number;
  /** By slot. */
  readonly #dictionaries: readonly (ByteDictionary | undefined)[];

  constructor(
    private readonly skeleton: Skeleton,
    private readonly codes: Codes,
  ) {
    const { slots, outs, isPython } = skeleton;
    this.#dictionaries = slots.map(({ codec }) => (codec ? codes.dictionaries.get(codec) : undefined));
    this.#words = isPython ? PYTHON_WORDS : JSON_WORDS;
    // What stands in front of the record's fields, where it does not hold its id, is written by itself.
    const { isIdInFront, idColumn } = codes.form;
    this.#outs = outs.map((out, i) => (i === 0 && isIdInFront ? out.subarray(1) : out));
    const inFront = isIdInFront ? (idColumn.length + LIMITS.idBytesMax) * ESCAPED_BYTES + LONGER_BYTES : 0;
    const compacted = slots.filter(({ codec }) => codec).length * LONGER_BYTES;
    this.#longerBytes = Math.max(0, skeleton.jsonDelta) + compacted + inFront;
  }

  /** UTF-8 bytes of the readable record as minified JSON, of one that has so many bytes itself. */
  jsonBytes(size: number): number {
    return size + this.skeleton.jsonDelta;
  }

  /** Room that the row of a record of so many bytes takes at most. */
  rowBytesMax(size: number): number {
    return size + this.#longerBytes;
  }

  /** Writes the row of the record from `from` to `end` to `to`; the offset behind it, or -1 for one that does not fit. */
  write(bytes: Buffer, from: number, end: number, id: RecordId, out: Buffer, to: number): number {
    const { slots } = this.skeleton;
    if (end - from > LIMITS.recordBytesMax) return -1;
    this.#bytes = bytes;
    this.#out = out;
    this.#at = from;
    this.#to = to;
    if (this.codes.form.isIdInFront) this.#idInFront(id);
    for (let i = 0; i < slots.length; i += 1) if (!this.#piece(i) || !this.#slot(i, slots[i]!, id)) return -1;
    const whole = this.#piece(slots.length) && this.#at === end;
    return whole ? this.#to : -1;
  }

  #idInFront(id: RecordId): void {
    this.#to += this.#out.write(idInFront(this.codes.form, id), this.#to);
    this.#out[this.#to] = COMMA;
    this.#to += 1;
  }

  #piece(which: number): boolean {
    const piece = this.skeleton.pieces[which]!;
    const outPiece = this.#outs[which]!;
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
    const first = this.#bytes[this.#at]!;
    if (first === QUOTE || (first === APOSTROPHE && this.skeleton.isPython))
      return (slot.kinds & TEXT) !== 0 && this.#string(i, slot, first, id);
    if (first === MINUS || (first >= ZERO && first <= NINE)) return this.#number(slot, id);
    return this.#word(slot.kinds);
  }

  /** A text between its quotes, which are JSON's in the row. */
  #string(i: number, slot: Slot, quote: number, id: RecordId): boolean {
    this.#at += 1;
    if (slot.isId && !this.#isText(quote, id)) return false;
    const plain = quote === QUOTE ? IN_QUOTES : IN_APOSTROPHES;
    this.#out[this.#to] = QUOTE;
    this.#to += 1;
    const { codec } = slot;
    if (slot.isTime) {
      if (!this.#time(quote, plain, codec)) return false;
    } else if (codec === null) this.#text(plain);
    else if (codec.kind === 'dictionary') this.#code(plain, codec, this.#dictionaries[i]!);
    else if (codec.kind === 'hex') this.#hex(quote, plain, codec);
    else this.#compacted(codec, this.#endOfText(plain));
    if (this.#bytes[this.#at] !== quote) return false;
    this.#at += 1;
    this.#out[this.#to] = QUOTE;
    this.#to += 1;
    return true;
  }

  /** Whether the text at hand, up to its quote, is this id. */
  #isText(quote: number, id: RecordId): boolean {
    if (typeof id !== 'string') return false;
    const bytes = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < id.length; i += 1) if (bytes[at + i] !== id.charCodeAt(i)) return false;
    return bytes[at + id.length] === quote;
  }

  #number({ kinds, isId, isTime }: Slot, id: RecordId): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    const isNegative = bytes[start] === MINUS;
    if (isNegative) this.#digit(MINUS);
    const value = this.#digits();
    const digits = this.#at - start - Number(isNegative);
    if (digits === 0 || digits > INT64_DIGITS) return false;
    if (digits > 1 && bytes[this.#at - digits] === ZERO) return false;
    const isWhole = bytes[this.#at] !== POINT;
    if ((kinds & (isWhole ? INTEGER : FRACTION)) === 0 || (!isWhole && !this.#fraction())) return false;
    const isPlain = isWhole && !isNegative && digits <= SAFE_DIGITS;
    if (isId && (!isPlain || value !== id)) return false;
    return !isTime || this.#epoch(isPlain ? value : undefined, start);
  }

  #digit(code: number): void {
    this.#out[this.#to] = code;
    this.#to += 1;
    this.#at += 1;
  }

  /** Copies digits; what they are worth, exact up to 15 of them. */
  #digits(): number {
    const bytes = this.#bytes;
    const out = this.#out;
    let [at, to, value] = [this.#at, this.#to, 0];
    for (let code = bytes[at]!; code >= ZERO && code <= NINE; code = bytes[at]!) {
      value = value * 10 + code - ZERO;
      out[to] = code;
      to += 1;
      at += 1;
    }
    this.#at = at;
    this.#to = to;
    return value;
  }

  #fraction(): boolean {
    this.#digit(POINT);
    const start = this.#at;
    this.#digits();
    const digits = this.#at - start;
    return digits > 0 && digits <= FRACTION_DIGITS;
  }

  /** The time that the number from `start` is; `value`: of a plain one. */
  #epoch(value: number | undefined, start: number): boolean {
    const { unitMs, read } = this.codes.form.times;
    if (unitMs === 0) return false;
    if (value !== undefined && value * unitMs < FAR_MS) {
      this.eventMs = value * unitMs;
      return true;
    }
    const time = read(this.#bytes.toString('latin1', start, this.#at));
    if (time) this.eventMs = time.epochMs;
    return time !== undefined;
  }

  #word(kinds: number): boolean {
    for (const [name, json, kind] of this.#words) {
      if ((kinds & kind) === 0 || !this.#stands(name)) continue;
      for (let i = 0; i < json.length; i += 1) this.#out[this.#to + i] = json[i]!;
      this.#at += name.length;
      this.#to += json.length;
      return true;
    }
    return false;
  }

  #stands(name: Buffer): boolean {
    for (let i = 0; i < name.length; i += 1) if (this.#bytes[this.#at + i] !== name[i]) return false;
    return true;
  }

  #text(plain: Uint8Array): void {
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
  }

  #time(quote: number, plain: Uint8Array, codec: Codec | null): boolean {
    const { form, time } = this.codes;
    if (
      form.times.isIso &&
      this.#bytes[this.#at + TIME_BYTES] === quote &&
      time.read(this.#bytes, this.#at)
    ) {
      this.eventMs = time.epochMs;
      if (codec === null) this.#text(plain);
      else {
        this.#to = writeTimeCode(this.#bytes, this.#at, this.#out, this.#to);
        this.#at += TIME_BYTES;
      }
      return true;
    }
    const end = this.#endOfText(plain);
    const text = this.#bytes.toString('latin1', this.#at, end);
    const read = form.times.read(text);
    if (!read) return false;
    this.eventMs = read.epochMs;
    if (codec === null) this.#text(plain);
    else if (!form.times.isCarried(read)) this.#compacted(codec, end);
    else {
      // Without its quotes: those are written around every text.
      const carried = localTimeJson(read.epochMs, `"${text}"`).slice(1, -1);
      this.#to += this.#out.write(carried, this.#to, 'latin1');
      this.#at = end;
    }
    return true;
  }

  #hex(quote: number, plain: Uint8Array, codec: Codec): void {
    if (this.#bytes[this.#at + HEX_ID_BYTES] === quote) {
      const to = writeHexIdCode(this.#bytes, this.#at, this.#out, this.#to);
      if (to >= 0) {
        this.#to = to;
        this.#at += HEX_ID_BYTES;
        return;
      }
    }
    this.#compacted(codec, this.#endOfText(plain));
  }

  #code(plain: Uint8Array, codec: Codec, dictionary: ByteDictionary): void {
    const end = this.#endOfText(plain);
    const code = dictionary.codeOf(this.#bytes, this.#at, end);
    if (!code) return this.#compacted(codec, end);
    for (let i = 0; i < code.length; i += 1) this.#out[this.#to + i] = code[i]!;
    this.#to += code.length;
    this.#at = end;
  }

  #endOfText(plain: Uint8Array): number {
    let end = this.#at;
    while (plain[this.#bytes[end]!] === 1) end += 1;
    return end;
  }

  /** Writes a text without a short code, or with one that is made here (times, hex ids). */
  #compacted(codec: Codec, end: number): void {
    const text = this.#bytes.toString('latin1', this.#at, end);
    const code = compactText(codec, text);
    this.#to += this.#out.write(code, this.#to, 'latin1');
    this.#at = end;
  }
}
