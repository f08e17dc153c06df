import { isDeepStrictEqual } from 'node:util';
import { type Piece, samePiece } from './lines.js';

/** A string, or a number, of JSON text. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/**
 * Whether two rows of one id say the same, whatever the order of their keys, at any depth. Numbers are the same where they are
 * spelt so: 1.0 is another content than 1. Lists in another order are another content, too.
 */
export function sameContent(a: string, b: string): boolean {
  if (a === b) return true;
  // Keys that change places leave a row as long as it was: most of what differs is told apart by that.
  return a.length === b.length && isDeepStrictEqual(spelled(a), spelled(b));
}

/** `sameContent` of rows in bytes. */
export function samePieceContent(a: Piece, b: Piece): boolean {
  if (samePiece(a, b)) return true;
  return a.end - a.from === b.end - b.from && sameContent(textOf(a), textOf(b));
}

/** The row parsed, with every number as the text that it is spelt with: JSON.parse would round it. */
function spelled(row: string): unknown {
  return JSON.parse(
    row.replace(STRING_OR_NUMBER, (token) =>
      token.startsWith('"') ? `"text ${token.slice(1)}` : `"number ${token}"`,
    ),
  );
}

const textOf = ({ bytes, from, end }: Piece): string => bytes.toString('utf8', from, end);
