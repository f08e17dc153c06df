import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.js';

/** What a JSON text would become in memory, measured without building it. */
export interface JsonShape {
  /** Elements of the outermost array or members of the outermost object. */
  readonly elements: number;
  readonly depth: number;
  /** Commas and opening brackets: no text has more values than this plus one. */
  readonly values: number;
}

/**
 * Measures nesting and number of values in one pass over the bytes, without checking the grammar, before
 * JSON.parse: that survives any depth, but what it returns breaks whoever walks it by recursion
 * (JSON.stringify overflows at some thousand levels), and `[[],[],…` grows to twenty times its size.
 */
export function measureJson(text: Uint8Array): JsonShape {
  let depth = 0;
  let depthMax = 0;
  let values = 0;
  let elements = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i];
    if (byte === QUOTE) {
      i = endOfString(text, i);
    } else if (byte === COMMA) {
      values++;
      if (depth === 1) elements++;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      values++;
      depth++;
      if (depth > depthMax) depthMax = depth;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
    }
  }
  return { elements: elements + 1, depth: depthMax, values };
}

/** Index of the closing quote of the string that opens at `start`; the text's length when it never closes. */
export function endOfString(text: Uint8Array, start: number): number {
  for (let quote = text.indexOf(QUOTE, start + 1); quote !== -1; quote = text.indexOf(QUOTE, quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote;
  }
  return text.length;
}
