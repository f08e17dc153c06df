import type { Buffer } from 'node:buffer';
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './ascii.js';
import { skipBlanks } from './json-blanks.js';
import { endOfString } from './json-shape.js';

export interface ArrayParts {
  /** Where each element starts and ends; JSON.parse has the say on what is in it. */
  readonly parts: readonly (readonly [from: number, end: number])[];
  /** Where what follows the array starts; undefined: nothing does. */
  readonly behind?: number;
  /** The array has no end: its last element is cut off. */
  readonly isCut: boolean;
}

/**
 * Where the elements of an array are, for an array that as a whole is no JSON. Looks at commas, brackets and quotes alone.
 * undefined for what does not begin as an array.
 */
export function splitArray(text: Buffer): ArrayParts | undefined {
  let at = skipBlanks(text, 0);
  if (text[at] !== OPEN_BRACKET) return undefined;
  const parts: [number, number][] = [];
  let depth = 1;
  let from = (at += 1);
  for (; at < text.length && depth > 0; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    else if (byte === COMMA && depth === 1) {
      parts.push([from, at]);
      from = at + 1;
    }
  }
  const isCut = depth > 0;
  const end = isCut ? text.length : at - 1;
  if (parts.length > 0 || isCut || skipBlanks(text, from) < end) parts.push([from, end]);
  return { parts, isCut, ...(!isCut && skipBlanks(text, at) < text.length ? { behind: at } : {}) };
}
