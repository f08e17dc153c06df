import type { Buffer } from 'node:buffer';
import { CARRIAGE_RETURN, LINE_FEED, SPACE, TAB } from './ascii.js';

const isBlank = (byte: number | undefined): boolean =>
  byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;

/** The first place from `from` on that is no white space of JSON. */
export function skipBlanks(text: Buffer, from: number): number {
  let at = from;
  while (isBlank(text[at])) at += 1;
  return at;
}

/** Without the white space on both sides. */
export function trimmed(text: Buffer, [from, end]: readonly [number, number]): readonly [number, number] {
  const first = Math.min(skipBlanks(text, from), end);
  let last = end;
  while (last > first && isBlank(text[last - 1])) last -= 1;
  return [first, last];
}
