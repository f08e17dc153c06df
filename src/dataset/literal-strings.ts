import { BACKSLASH, CARRIAGE_RETURN, LINE_FEED, SPACE } from '../bytes/ascii.js';
import type { Dialect } from './literal-types.js';
import type { QuarantineReason } from './reason.js';

export interface DecodedString {
  readonly value: string;
  /** Offset behind the closing quote. */
  readonly end: number;
  readonly loneSurrogate: boolean;
}

/** Why there is no string here; `at` is the offset. */
export class StringFault {
  constructor(
    readonly at: number,
    readonly rule: string,
    readonly reason: QuarantineReason = 'not-a-record',
  ) {}
}

/** What stands for itself, up to the next quote, backslash or control character. */
const PLAIN = /[^\\"'\0-\x1f]*/y; // eslint-disable-line no-control-regex -- control characters are what is looked for
const OCTAL = /[0-7]{1,3}/y;
const HEX = /^[0-9a-fA-F]+$/;

const PYTHON_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  // A backslash at the end of a line joins it with the next one.
  '\n': '',
};
const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  '"': '"',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

interface Escape {
  readonly value: string;
  readonly end: number;
  readonly loneSurrogate?: boolean;
}

/**
 * Decodes a string literal with escapes or control characters in it. `start` is the offset behind the opening quote.
 * Rules: https://docs.python.org/3.11/reference/lexical_analysis.html#string-and-bytes-literals and RFC 8259, section 7.
 */
export function decodeString(
  text: string,
  start: number,
  quote: number,
  dialect: Dialect,
): DecodedString | StringFault {
  let value = '';
  let loneSurrogate = false;
  let at = start;
  for (;;) {
    PLAIN.lastIndex = at;
    PLAIN.test(text);
    value += text.slice(at, PLAIN.lastIndex);
    at = PLAIN.lastIndex;
    if (at >= text.length) return new StringFault(at, 'a string without its end');
    const code = text.charCodeAt(at);
    if (code === quote) return { value, end: at + 1, loneSurrogate };
    if (code === BACKSLASH) {
      const escape = dialect === 'json' ? jsonEscape(text, at + 1) : pythonEscape(text, at + 1);
      if (escape instanceof StringFault) return escape;
      value += escape.value;
      loneSurrogate ||= escape.loneSurrogate === true;
      at = escape.end;
    } else if (isBarred(code, dialect)) {
      return new StringFault(at, 'a control character in a string');
    } else {
      value += text.charAt(at);
      at += 1;
    }
  }
}

/** JSON takes no control character as it is; Python only no line break and no NUL. */
function isBarred(code: number, dialect: Dialect): boolean {
  if (dialect === 'json') return code < SPACE;
  return code === 0 || code === LINE_FEED || code === CARRIAGE_RETURN;
}

/** `at` is behind the backslash. */
function jsonEscape(text: string, at: number): Escape | StringFault {
  const letter = text.charAt(at);
  const simple = ownValue(JSON_ESCAPES, letter);
  if (simple !== undefined) return { value: simple, end: at + 1 };
  if (letter !== 'u') return new StringFault(at, 'an escape that JSON does not have');
  const first = hexAt(text, at + 1, 4);
  if (first === undefined) return new StringFault(at, 'an escape without its digits');
  if (!isSurrogate(first)) return { value: String.fromCharCode(first), end: at + 5 };
  const second = text.startsWith('\\u', at + 5) ? hexAt(text, at + 7, 4) : undefined;
  const pair = first < 0xdc00 && second !== undefined && second >= 0xdc00 && second < 0xe000;
  if (!pair) return { value: '\ufffd', end: at + 5, loneSurrogate: true };
  return { value: String.fromCharCode(first, second), end: at + 11 };
}

/** `at` is behind the backslash. */
function pythonEscape(text: string, at: number): Escape | StringFault {
  const letter = text.charAt(at);
  const simple = ownValue(PYTHON_ESCAPES, letter);
  if (simple !== undefined) return { value: simple, end: at + 1 };
  const digits = HEX_DIGITS[letter];
  if (digits !== undefined) return codePointEscape(text, at + 1, digits);
  if (letter === 'N') return new StringFault(at, 'a character given by its name', 'unrepresentable');
  OCTAL.lastIndex = at;
  const octal = OCTAL.exec(text);
  if (octal) return { value: String.fromCharCode(parseInt(octal[0], 8)), end: at + octal[0].length };
  if (letter === '\r') return { value: '', end: at + (text.charAt(at + 1) === '\n' ? 2 : 1) };
  // Python keeps the backslash in front of a letter that it does not know; the letter is read as plain text next.
  return { value: '\\', end: at };
}

function codePointEscape(text: string, at: number, digits: number): Escape | StringFault {
  const point = hexAt(text, at, digits);
  if (point === undefined || point > 0x10ffff) return new StringFault(at, 'an escape without its digits');
  // To Python even \ud83d\ude00 is two characters, neither of which can be written as UTF-8.
  if (isSurrogate(point)) return { value: '\ufffd', end: at + digits, loneSurrogate: true };
  return { value: String.fromCodePoint(point), end: at + digits };
}

function hexAt(text: string, at: number, digits: number): number | undefined {
  const hex = text.slice(at, at + digits);
  return hex.length === digits && HEX.test(hex) ? parseInt(hex, 16) : undefined;
}

const isSurrogate = (point: number): boolean => point >= 0xd800 && point < 0xe000;

const ownValue = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;
