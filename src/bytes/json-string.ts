import type { Buffer } from 'node:buffer';
import { BACKSLASH, QUOTE } from './ascii.js';

/** The offset behind the JSON string whose opening quote stands at `at`. Throws SyntaxError where it does not end before `end`. */
export function endOfString(bytes: Buffer, at: number, end: number): number {
  for (let to = at + 1; to < end; to += 1) {
    if (bytes[to] === BACKSLASH) to += 1;
    else if (bytes[to] === QUOTE) return to + 1;
  }
  throw new SyntaxError('a string that does not end');
}

/** The text of the JSON string from its opening quote at `from` to `end`, which is behind its closing one. Throws SyntaxError. */
export function textBetween(bytes: Buffer, from: number, end: number): string {
  for (let at = from + 1; at < end - 1; at += 1)
    if (bytes[at]! >= 0x7f || bytes[at] === BACKSLASH)
      return JSON.parse(bytes.toString('utf8', from, end)) as string;
  return bytes.toString('latin1', from + 1, end - 1);
}
