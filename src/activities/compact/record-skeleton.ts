import { Buffer } from 'node:buffer';
import type { Codec } from '../../dataset/compaction.js';
import type { RecordForm } from '../../dataset/form.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  APOSTROPHE,
  skip,
  SPACE,
  SPACE_OR_BREAK,
  ZERO,
} from '../../bytes/ascii.js';
import { JSON_NAMES, PYTHON_NAMES } from '../../dataset/literal-names.js';
import { SAFE_DIGITS } from '../../dataset/literal-numbers.js';

/** A place in a record whose content changes from one to the next: a number or the inside of a string. */
export interface Slot {
  /** The quote that the string ends with; 0 for a number. */
  readonly quote: number;
  readonly codec: Codec | null;
  readonly isId: boolean;
  /** It holds the time of the event. */
  readonly isTime: boolean;
}

/** A record without the contents of its slots: what all records of one writer share, byte for byte. */
export interface Skeleton {
  /** What stands in front of each slot, and behind the last one. */
  readonly pieces: readonly Buffer[];
  /** The same in minified JSON. */
  readonly outs: readonly Buffer[];
  readonly slots: readonly Slot[];
  /** How many bytes longer the readable record is as minified JSON. */
  readonly jsonDelta: number;
}

const NAME = /[A-Za-z_]+/y;
const WORD_OR_SIGN = /[\w.+-]/;
const PUNCTUATION: readonly number[] = [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COMMA, COLON];

/** Whether a character of a string stands for itself in Python and JSON alike; quotes never do. */
export const isPlainCode = (code: number): boolean =>
  code >= SPACE && code < 0x7f && code !== QUOTE && code !== APOSTROPHE && code !== BACKSLASH;

/**
 * The skeleton of a record that `readRecord` takes, as far as it is plain: no escapes, nothing beyond ASCII, no number but
 * whole ones. undefined for any other. It is a guess at the rules of literal-scanner.ts: whoever uses it has to try it on
 * the record that it is of, and to hold the outcome against that of `readRecord`.
 */
export function skeletonOf(plaintext: Buffer, form: RecordForm): Skeleton | undefined {
  const scan = new SkeletonScan(plaintext.toString('latin1'), form);
  return scan.run() ? scan.skeleton() : undefined;
}

class SkeletonScan {
  #at = 0;
  #from = 0;
  #out = '';
  #depth = 0;
  /** The last key at the top. */
  #name = '';
  readonly #pieces: Buffer[] = [];
  readonly #outs: Buffer[] = [];
  readonly #slots: Slot[] = [];

  constructor(
    readonly text: string,
    readonly form: RecordForm,
  ) {}

  /** False where something is not plain. */
  run(): boolean {
    while ((this.#at = skip(this.text, this.#at, SPACE_OR_BREAK)) < this.text.length)
      if (!this.#step()) return false;
    this.#cut(this.text.length);
    return true;
  }

  skeleton(): Skeleton {
    const [pieces, outs] = [this.#pieces, this.#outs];
    const sum = (all: readonly Buffer[]): number => all.reduce((bytes, { length }) => bytes + length, 0);
    return { pieces, outs, slots: this.#slots, jsonDelta: sum(outs) - sum(pieces) };
  }

  #step(): boolean {
    const code = this.text.charCodeAt(this.#at);
    if (code === QUOTE || code === APOSTROPHE) return this.#string(code);
    if (code >= ZERO && code <= NINE) return this.#number();
    if (PUNCTUATION.includes(code)) return this.#punctuation(code);
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.text)?.[0] ?? '';
    const json = PYTHON_NAMES.get(name)?.json ?? (JSON_NAMES.has(name) ? name : undefined);
    if (json === undefined || WORD_OR_SIGN.test(this.text.charAt(this.#at + name.length))) return false;
    this.#out += json;
    this.#at += name.length;
    return true;
  }

  #punctuation(code: number): boolean {
    if (code === OPEN_BRACE || code === OPEN_BRACKET) this.#depth += 1;
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) this.#depth -= 1;
    this.#out += String.fromCharCode(code);
    this.#at += 1;
    return true;
  }

  #string(quote: number): boolean {
    const start = this.#at + 1;
    let end = start;
    while (isPlainCode(this.text.charCodeAt(end))) end += 1;
    if (this.text.charCodeAt(end) !== quote) return false;
    const inside = this.text.slice(start, end);
    if (this.text.charCodeAt(skip(this.text, end + 1, SPACE_OR_BREAK)) === COLON) {
      if (this.#depth === 1) this.#name = inside;
      this.#out += `"${inside}"`;
      this.#at = end + 1;
      return true;
    }
    this.#out += '"';
    this.#cut(start);
    const atTop = this.#depth === 1;
    const codec = atTop ? (this.form.byName.get(this.#name)?.codec ?? null) : null;
    const isTime = atTop && this.#name === this.form.timeColumn;
    const isId = atTop && this.#name === this.form.idColumn;
    this.#slots.push({ quote, codec, isId, isTime });
    this.#from = end;
    this.#out = '"';
    this.#at = end + 1;
    return true;
  }

  #number(): boolean {
    const { text } = this;
    let end = this.#at;
    while (text.charCodeAt(end) >= ZERO && text.charCodeAt(end) <= NINE) end += 1;
    const digits = end - this.#at;
    if (digits > SAFE_DIGITS || (digits > 1 && text.charCodeAt(this.#at) === ZERO)) return false;
    if (WORD_OR_SIGN.test(text.charAt(this.#at - 1)) || WORD_OR_SIGN.test(text.charAt(end))) return false;
    this.#cut(this.#at);
    const isId = this.#depth === 1 && this.#name === this.form.idColumn;
    this.#slots.push({ quote: 0, codec: null, isId, isTime: false });
    this.#from = this.#at = end;
    return true;
  }

  #cut(end: number): void {
    this.#pieces.push(Buffer.from(this.text.slice(this.#from, end), 'latin1'));
    this.#outs.push(Buffer.from(this.#out, 'latin1'));
    this.#out = '';
  }
}
