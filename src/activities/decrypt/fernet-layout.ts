import { Buffer } from 'node:buffer';
import { writeBase64Url } from '../../bytes/buffer-write.js';

/** A token's parts: https://github.com/fernet/spec/blob/master/Spec.md#token-format. */
const VERSION = 0x80;
/** Version (1), timestamp (8): in front of the IV. */
export const HEADER_BYTES = 9;
/** The cipher's block, the IV's size. */
export const BLOCK_BYTES = 16;
export const MAC_BYTES = 32;
const FRAME_BYTES = HEADER_BYTES + BLOCK_BYTES + MAC_BYTES;
const EQUALS = 0x3d;

/** How many bytes the token holds; undefined when its padding is wrong, or no bytes have so many characters. */
export function bytesOf(token: string): number | undefined {
  const { length } = token;
  const rest = length & 3;
  if (token.charCodeAt(length - 1) !== EQUALS) return rest === 1 ? undefined : Math.floor((length * 3) / 4);
  if (rest !== 0) return undefined;
  return (length / 4) * 3 - (token.charCodeAt(length - 2) === EQUALS ? 2 : 1);
}

export const WRONG_LENGTH = 'not base64url: wrong length or padding';
export const WRONG_ALPHABET = 'not base64url: characters beside A-Z a-z 0-9 - _';

/**
 * Whether a token that decoded to its full length is base64url: Node also takes `+` and `/`, and of a
 * character beyond ASCII the low byte.
 */
const isBase64Url = (text: string): boolean =>
  Buffer.byteLength(text) === text.length && !text.includes('+') && !text.includes('/');

/** Decodes to `at`; whether it is base64url of just so many bytes. */
export const decodeStrictly = (into: Buffer, text: string, at: number, bytes: number): boolean =>
  writeBase64Url(into, text, at, bytes) === bytes && isBase64Url(text);

/**
 * The token in its plain spelling: without white space and surplus padding, which Python's base64 ignores,
 * and in the URL's alphabet. The same text where it is plain already.
 */
export const plainSpelling = (text: string): string =>
  text.replace(/\s+/g, '').replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');

/** What is wrong with the form of the token of so many bytes at `at`. */
export function formFault(memory: Buffer, at: number, tokenBytes: number): string | undefined {
  if (tokenBytes <= FRAME_BYTES) return 'too short for a Fernet token';
  if (memory[at] !== VERSION) return 'version is not 0x80';
  return (tokenBytes - FRAME_BYTES) % BLOCK_BYTES === 0
    ? undefined
    : 'ciphertext is not a multiple of the block size';
}
