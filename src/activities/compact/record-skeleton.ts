import { Buffer } from 'node:buffer';
import type { Codec } from '../../dataset/compaction.js';
import type { ColumnType } from '../../dataset/declaration.js';
import type { Column, RecordForm } from '../../dataset/form.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  APOSTROPHE,
  skip,
  SPACE,
  SPACE_OR_BREAK,
} from '../../bytes/ascii.js';
import { JSON_NAMES, PYTHON_NAMES } from '../../dataset/literal-names.js';

/**
 * Kinds of values that a slot can hold, as bits. Dicts and lists are no slots: they are part of the skeleton.
 */
export const TEXT = 1;
export const INTEGER = 2;
export const FRACTION = 4;
export const BOOLEAN = 8;
export const NULL = 16;
const ANY = TEXT | INTEGER | FRACTION | BOOLEAN | NULL;

const KINDS: Readonly<Record<ColumnType, number>> = {
  text: TEXT,
  integer: INTEGER,
  number: INTEGER | FRACTION,
  boolean: BOOLEAN,
  object: 0,
  json: ANY,
};

/** A place in a record whose content changes from one to the next: a text, a number, or a name such as null. */
export interface Slot {
  /** What may stand there. */
  readonly kinds: number;
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
  /** Texts may stand in apostrophes, and names are Python's. */
  readonly isPython: boolean;
  /** How many bytes longer the record gets as minified JSON. */
  readonly jsonDelta: number;
}

const NAME = /[A-Za-z_]+/y;
/** JSON's, and Python's of the same spelling; without an exponent. */
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?/y;
const WORD_OR_SIGN = /[\w.+-]/;
const PUNCTUATION: readonly number[] = [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COMMA, COLON];

/** Whether a character of a string stands for itself in Python and JSON alike; quotes never do. */
export const isPlainCode = (code: number): boolean =>
  code >= SPACE && code < 0x7f && code !== QUOTE && code !== APOSTROPHE && code !== BACKSLASH;

/**
 * The skeleton of a record that `readRecord` takes, where it is plain: no escapes, nothing beyond ASCII, no
 * exponents; undefined for any other. It guesses at the rules of literal-scanner.ts, so whoever uses it must
 * try it on its own record and compare the outcome with that of `readRecord`.
 */
export function skeletonOf(plaintext: Buffer, form: RecordForm): Skeleton | undefined {
  const scan = new SkeletonScan(plaintext.toString('latin1'), form);
  return scan.run() ? scan.skeleton() : undefined;
}

/** What is open around the place that the scan has reached. */
interface Around {
  /** Of an object whose members are declared. */
  readonly columnOf: ((name: string) => Column | undefined) | undefined;
  /** Its last key. */
  name: string;
}

class SkeletonScan {
  #at = 0;
  #from = 0;
  #out = '';
  readonly #around: Around[] = [];
  #isPython: boolean;
  readonly #pieces: Buffer[] = [];
  readonly #outs: Buffer[] = [];
  readonly #slots: Slot[] = [];

  constructor(
    readonly text: string,
    readonly form: RecordForm,
  ) {
    this.#isPython = form.format === 'python';
  }

  /** False where something is not plain. */
  run(): boolean {
    while ((this.#at = skip(this.text, this.#at, SPACE_OR_BREAK)) < this.text.length)
      if (!this.#step()) return false;
    this.#cut(this.text.length);
    return true;
  }

  skeleton(): Skeleton {
    const [pieces, outs, isPython] = [this.#pieces, this.#outs, this.#isPython];
    const sum = (all: readonly Buffer[]): number => all.reduce((bytes, { length }) => bytes + length, 0);
    return { pieces, outs, slots: this.#slots, isPython, jsonDelta: sum(outs) - sum(pieces) };
  }

  #step(): boolean {
    const code = this.text.charCodeAt(this.#at);
    if (code === QUOTE || code === APOSTROPHE) return this.#string(code);
    if (PUNCTUATION.includes(code)) return this.#punctuation(code);
    return this.#value(NUMBER) || this.#name();
  }

  #punctuation(code: number): boolean {
    if (code === OPEN_BRACE) this.#around.push({ columnOf: this.#membersHere(), name: '' });
    if (code === OPEN_BRACKET) this.#around.push({ columnOf: undefined, name: '' });
    if (code === CLOSE_BRACE || code === CLOSE_BRACKET) this.#around.pop();
    this.#out += String.fromCharCode(code);
    this.#at += 1;
    return true;
  }

  #membersHere(): Around['columnOf'] {
    if (this.#around.length === 0) return (name) => this.form.byName.get(name);
    const members = this.#column()?.members;
    return members ? (name) => members.find((member) => member.name === name) : undefined;
  }

  /** That of the value that begins here. */
  #column(): Column | undefined {
    const around = this.#around.at(-1);
    return around?.columnOf?.(around.name);
  }

  #string(quote: number): boolean {
    const start = this.#at + 1;
    let end = start;
    while (isPlainCode(this.text.charCodeAt(end))) end += 1;
    if (this.text.charCodeAt(end) !== quote) return false;
    if (quote === APOSTROPHE) this.#isPython = true;
    if (this.text.charCodeAt(skip(this.text, end + 1, SPACE_OR_BREAK)) !== COLON) return this.#slot(end + 1);
    const name = this.text.slice(start, end);
    const around = this.#around.at(-1);
    if (around) around.name = name;
    this.#out += `"${name}"`;
    this.#at = end + 1;
    return true;
  }

  #name(): boolean {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.text)?.[0] ?? '';
    if (PYTHON_NAMES.has(name)) this.#isPython = true;
    else if (!JSON_NAMES.has(name)) return false;
    return this.#value(NAME);
  }

  /** Whether the sticky expression matches here and the value ends with the match. */
  #value(form: RegExp): boolean {
    form.lastIndex = this.#at;
    const found = form.exec(this.text)?.[0];
    if (found === undefined) return false;
    const end = this.#at + found.length;
    return !WORD_OR_SIGN.test(this.text.charAt(end)) && this.#slot(end);
  }

  #slot(end: number): boolean {
    this.#cut(this.#at);
    const atTop = this.#around.length === 1;
    const name = this.#around.at(-1)?.name;
    const column = this.#column();
    this.#slots.push({
      kinds: column ? KINDS[column.type] | (column.isOptional ? NULL : 0) : ANY,
      codec: atTop ? (column?.codec ?? null) : null,
      isId: atTop && !this.form.isIdInFront && name === this.form.idColumn,
      isTime: atTop && name === this.form.timeColumn,
    });
    this.#from = this.#at = end;
    return true;
  }

  #cut(end: number): void {
    this.#pieces.push(Buffer.from(this.text.slice(this.#from, end), 'latin1'));
    this.#outs.push(Buffer.from(this.#out, 'latin1'));
    this.#out = '';
  }
}
