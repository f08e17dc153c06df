import { LIMITS } from '../limits.js';
import {
  APOSTROPHE,
  BACKSLASH,
  BLANK,
  BREAK,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  NINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  OPEN_PARENTHESIS,
  QUOTE,
  skip,
  SPACE,
  SPACE_OR_BREAK,
  ZERO,
} from '../bytes/ascii.js';
import { JSON_NAMES, PYTHON_NAMES, unknownName } from './literal-names.js';
import { decodeString, StringFault } from './literal-strings.js';
import { faultOfNumber, JSON_NUMBER, ODD_NUMBER, SAFE_DIGITS } from './literal-numbers.js';
import { type Dialect, type Field, type LiteralType, type ScanResult, Stop } from './literal-types.js';
import type { QuarantineReason } from './reason.js';

const WORD_OR_SIGN = /[\w.+-]/;
const NAME = /[A-Za-z_]\w*/y;

/** One pass over the text by character codes; the parts that are rare live in literal-strings and literal-numbers. */
export class LiteralScanner {
  #at = 0;
  /** Of the value scanned last. */
  #type: LiteralType = 'null';
  #text = '';
  /**
   * The first fault of meaning. Scanning goes on after it: a fault of form weighs more, and decides the
   * dialect.
   */
  #fault: { reason: QuarantineReason; detail: string } | undefined;

  constructor(
    readonly text: string,
    readonly dialect: Dialect,
  ) {}

  scan(): ScanResult {
    const fields: Field[] = [];
    try {
      this.#skipMargin(false);
      if (this.#code() !== OPEN_BRACE) this.#stop('not-a-record', 'not a dict');
      this.#dict(1, fields);
      this.#skipMargin(true);
      if (this.#at < this.text.length) this.#stop('not-a-record', 'something behind the dict');
    } catch (error) {
      if (error instanceof Stop)
        return { ok: false, reason: error.reason, detail: error.message, fields: [] };
      throw error;
    }
    return this.#fault ? { ok: false, ...this.#fault, fields } : { ok: true, fields };
  }

  #code(): number {
    return this.text.charCodeAt(this.#at);
  }

  #stop(reason: QuarantineReason, rule: string): never {
    throw new Stop(reason, `${rule}, at character ${this.#at}`);
  }

  #note(reason: QuarantineReason, rule: string): void {
    this.#fault ??= { reason, detail: `${rule}, at character ${this.#at}` };
  }

  #skipSpace(): void {
    this.#at = skip(this.text, this.#at, SPACE_OR_BREAK);
  }

  /** Python takes blanks around the one line (`literal_eval` strips them), line breaks behind it, and no other order. */
  #skipMargin(behind: boolean): void {
    if (this.dialect === 'json') return this.#skipSpace();
    this.#at = skip(this.text, this.#at, BLANK);
    if (behind) this.#at = skip(this.text, this.#at, BREAK);
  }

  /** At the opening bracket. Gives the dict as JSON text, or fills `fields` in place of it. */
  #dict(depth: number, fields?: Field[]): string {
    this.#deeper(depth);
    const names = new Set<string>();
    let json = '{';
    this.#skipSpace();
    while (this.#code() !== CLOSE_BRACE) {
      const keyJson = this.#key(depth, names);
      const name = this.#text;
      this.#skipSpace();
      const valueJson = this.#value(depth);
      if (fields) fields.push({ name, json: valueJson, type: this.#type, text: this.#text });
      else json += `${json.length === 1 ? '' : ','}${keyJson}:${valueJson}`;
      this.#separator(CLOSE_BRACE);
    }
    this.#at += 1;
    this.#type = 'dict';
    this.#text = '';
    return `${json}}`;
  }

  /** A key and its colon; leaves the name in `#text`. */
  #key(depth: number, names: Set<string>): string {
    const json = this.#value(depth);
    if (this.#type !== 'string') {
      if (this.dialect === 'json') this.#stop('not-a-record', 'a key that is no string');
      this.#note('unrepresentable', 'a key or member that is no string');
    }
    this.#skipSpace();
    if (this.#code() !== COLON) {
      const setLike = this.dialect === 'python' && (this.#code() === COMMA || this.#code() === CLOSE_BRACE);
      if (setLike && depth > 1) this.#stop('unrepresentable', 'a set');
      this.#stop('not-a-record', setLike ? 'a set, not a dict' : 'no colon after a key');
    }
    this.#at += 1;
    const folded = this.#text.toLowerCase();
    if (names.has(folded)) this.#note('ambiguous-field', 'a key that stands twice, or differs only by case');
    else names.add(folded);
    return json;
  }

  #list(depth: number): string {
    this.#deeper(depth);
    let json = '[';
    this.#skipSpace();
    while (this.#code() !== CLOSE_BRACKET) {
      json += (json.length === 1 ? '' : ',') + this.#value(depth);
      this.#separator(CLOSE_BRACKET);
    }
    this.#at += 1;
    this.#type = 'list';
    this.#text = '';
    return `${json}]`;
  }

  /**
   * Called after an opening bracket. Too deep a nesting ends the scan: the rest could nest as deep as the
   * text is long.
   */
  #deeper(depth: number): void {
    if (depth > LIMITS.recordDepthMax) {
      this.#stop('unrepresentable', `nested deeper than ${LIMITS.recordDepthMax}`);
    }
    this.#at += 1;
  }

  /** A comma, or the closing bracket left standing. Python allows a comma in front of the bracket. */
  #separator(close: number): void {
    this.#skipSpace();
    if (this.#code() === close) return;
    if (this.#code() !== COMMA) this.#stop('not-a-record', 'no comma or closing bracket after a value');
    this.#at += 1;
    this.#skipSpace();
    if (this.#code() === close && this.dialect === 'json') this.#stop('not-a-record', 'a comma too many');
  }

  #value(depth: number): string {
    const code = this.#code();
    if (code === QUOTE || (code === APOSTROPHE && this.dialect === 'python')) return this.#string(code);
    if (code === OPEN_BRACE) return this.#dict(depth + 1);
    if (code === OPEN_BRACKET) return this.#list(depth + 1);
    this.#text = '';
    return this.#number() ?? this.#name();
  }

  #string(quote: number): string {
    const { text } = this;
    const start = this.#at + 1;
    let at = start;
    let code = text.charCodeAt(at);
    // Everything that JSON spells in the same way. NaN, at the end of the text, fails the first comparison.
    while (code >= SPACE && code !== quote && code !== BACKSLASH && code !== QUOTE)
      code = text.charCodeAt(++at);
    this.#type = 'string';
    if (code === quote) {
      this.#at = at + 1;
      this.#text = text.slice(start, at);
      return `"${this.#text}"`;
    }
    const decoded = decodeString(text, start, quote, this.dialect);
    if (decoded instanceof StringFault) {
      this.#at = decoded.at;
      return this.#stop(decoded.reason, decoded.rule);
    }
    if (decoded.loneSurrogate) this.#note('unrepresentable', 'half a surrogate pair in a string');
    this.#at = decoded.end;
    this.#text = decoded.value;
    return JSON.stringify(decoded.value);
  }

  #number(): string | undefined {
    const { text } = this;
    let end = this.#at;
    let code = text.charCodeAt(end);
    // Most numbers are plain integers, and this finds them at a third of an expression's cost.
    if (code > ZERO && code <= NINE) {
      do code = text.charCodeAt(++end);
      while (code >= ZERO && code <= NINE);
      if (end - this.#at <= SAFE_DIGITS && (code === COMMA || code === CLOSE_BRACE))
        return this.#take(end, 'integer');
    }
    JSON_NUMBER.lastIndex = this.#at;
    const match = JSON_NUMBER.exec(text);
    const behind = match ? text.charAt(JSON_NUMBER.lastIndex) : '';
    if (!match || WORD_OR_SIGN.test(behind)) return this.#oddNumber();
    const float = match[1] !== undefined || match[2] !== undefined;
    const fault = faultOfNumber(match[0]);
    if (fault) this.#note(fault.reason, fault.rule);
    return this.#take(JSON_NUMBER.lastIndex, float ? 'float' : 'integer');
  }

  /** A number of Python's that JSON spells otherwise, or not at all; it is refused, never spelled anew. */
  #oddNumber(): string | undefined {
    ODD_NUMBER.lastIndex = this.#at;
    if (this.dialect === 'json' || !ODD_NUMBER.test(this.text)) return undefined;
    this.#note('unrepresentable', 'a number in a spelling that JSON does not have');
    return this.#take(ODD_NUMBER.lastIndex, 'float');
  }

  #take(end: number, type: LiteralType): string {
    const json = this.text.slice(this.#at, end);
    this.#at = end;
    this.#type = type;
    this.#text = '';
    return json;
  }

  #name(): string {
    const { text } = this;
    if (this.#code() === OPEN_PARENTHESIS && this.dialect === 'python')
      this.#stop('unrepresentable', 'a tuple');
    NAME.lastIndex = this.#at;
    const name = NAME.exec(text)?.[0] ?? '';
    const end = this.#at + name.length;
    if (this.dialect === 'json') {
      const type = JSON_NAMES.get(name);
      return type ? this.#take(end, type) : this.#stop('not-a-record', 'not a JSON value');
    }
    const known = PYTHON_NAMES.get(name);
    if (!known) this.#stop(...unknownName(name, text.charCodeAt(end), text.startsWith('()', end)));
    this.#take(end, known.type);
    return known.json;
  }
}
