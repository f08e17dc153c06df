import { Buffer } from 'node:buffer';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './ascii.js';
import { skipBlanks, trimmed } from './json-blanks.js';
import { endOfString } from './json-shape.js';

/** Where something starts and ends in a text. */
export type Place = readonly [from: number, end: number];

/** Of a field; whoever looks for one in many objects hands its bytes. */
type Name = string | Buffer;

/**
 * Where the value is that these names of fields lead to, without the blanks around it. Looks at brackets,
 * quotes, colons and commas alone, so it also works in a text that as a whole is no JSON. Of several fields
 * of one name the last counts, as in JSON.parse. undefined where a name is not there.
 */
export function placeOf(
  text: Buffer,
  path: readonly Name[],
  within: Place = [0, text.length],
): Place | undefined {
  let place: Place | undefined = trimmed(text, within);
  for (const name of path) {
    place = memberOf(text, place, typeof name === 'string' ? Buffer.from(name) : name);
    if (place === undefined) return undefined;
  }
  return place;
}

function memberOf(text: Buffer, [from, end]: Place, name: Buffer): Place | undefined {
  if (text[from] !== OPEN_BRACE) return undefined;
  let found: Place | undefined;
  for (let at = from + 1; at < end;) {
    const key = skipBlanks(text, at);
    if (text[key] !== QUOTE) break;
    const keyEnd = endOfString(text, key);
    const colon = skipBlanks(text, keyEnd + 1);
    if (text[colon] !== COLON) break;
    const valueEnd = endOfValue(text, colon + 1, end);
    if (isName(text, key, keyEnd, name)) found = trimmed(text, [colon + 1, valueEnd]);
    if (text[valueEnd] !== COMMA) break;
    at = valueEnd + 1;
  }
  return found;
}

/** Whether the quoted text is this name, escapes or not. Names of fields are short: byte by byte costs less than a text. */
function isName(text: Buffer, quote: number, end: number, name: Buffer): boolean {
  let hasEscape = false;
  let isSame = end - quote - 1 === name.length;
  for (let at = quote + 1; at < end; at += 1) {
    const byte = text[at];
    if (byte === BACKSLASH) hasEscape = true;
    if (byte !== name[at - quote - 1]) isSame = false;
  }
  if (isSame || !hasEscape) return isSame;
  try {
    return JSON.parse(text.toString('utf8', quote, end + 1)) === name.toString();
  } catch {
    return false;
  }
}

/** The comma or bracket behind the value, or `end`. */
function endOfValue(text: Buffer, from: number, end: number): number {
  let depth = 0;
  for (let at = from; at < end; at += 1) {
    const byte = text[at];
    if (byte === QUOTE) at = endOfString(text, at);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return at;
      depth -= 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return end;
}
