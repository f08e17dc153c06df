/** The character codes that have a meaning in JSON or in a Python literal. */
export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const QUOTE = 0x22;
export const APOSTROPHE = 0x27;
export const OPEN_PARENTHESIS = 0x28;
export const COMMA = 0x2c;
export const ZERO = 0x30;
export const NINE = 0x39;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** Kinds of white space, as bits. */
export const BLANK = 1;
export const BREAK = 2;
export const SPACE_OR_BREAK = 3;

/** The offset of the first character at or behind `at` that is no white space of these kinds. */
export function skip(text: string, at: number, kinds: number): number {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === SPACE || code === TAB) {
      if ((kinds & BLANK) === 0) return at;
    } else if ((code !== LINE_FEED && code !== CARRIAGE_RETURN) || (kinds & BREAK) === 0) return at;
    at += 1;
  }
}
