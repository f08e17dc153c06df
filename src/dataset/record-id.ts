import { Buffer } from 'node:buffer';
import { sha256Of } from '../bytes/sha256.js';
import { LIMITS } from '../limits.js';

/** As the source names a record: a whole number from 0 to 2^53 - 1, or text. 1 and "1" are two ids. */
export type RecordId = number | string;

/** Order of ids: numbers first, then texts by the bytes of their UTF-8. */
export function compareIds(a: RecordId, b: RecordId): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  return typeof b === 'number' ? 1 : compareUtf8(a, b);
}

const SURROGATES_FROM = 0xd800;
const BEHIND_SURROGATES = 0xe000;

/**
 * Byte order of two well-formed texts in UTF-8, which is that of their code points. JavaScript's own `<` goes by UTF-16, where the
 * halves of a code point beyond U+FFFF stand in front of U+E000 to U+FFFF.
 */
function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [one, other] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (one !== other) return rankOf(one) - rankOf(other);
  }
  return a.length - b.length;
}

const rankOf = (code: number): number =>
  code < SURROGATES_FROM || code >= BEHIND_SURROGATES ? code : code + 0x1_0000;

/** What is wrong with a text as an id, in words behind the name of its field; undefined: nothing. */
export function faultOfTextId(id: string): string | undefined {
  if (id === '') return 'is an empty text';
  if (Buffer.byteLength(id) > LIMITS.idBytesMax) return `has over ${LIMITS.idBytesMax} bytes`;
  // Two of these would be the same bytes in UTF-8.
  return /\p{Surrogate}/u.test(id) ? 'holds half of a surrogate pair' : undefined;
}

/** An id for Temporal's history, a log or an error: a text may say anything, so its hash stands there. */
export const idMark = (id: RecordId): RecordId =>
  typeof id === 'number' ? id : sha256Of(Buffer.from(id)).slice(0, 12);

/** The id as JSON. */
export const idJson = (id: RecordId): string => (typeof id === 'number' ? String(id) : JSON.stringify(id));
