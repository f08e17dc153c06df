import { Buffer } from 'node:buffer';
import { writeBase64Url } from './buffer-write.js';
import { type FernetKey, HASH_BLOCK_BYTES, HASH_BYTES } from './fernet-keys.js';

/** The cipher's. */
export const BLOCK_BYTES = 16;
/** Version (1), timestamp (8): in front of the IV. */
export const HEADER_BYTES = 9;
const EQUALS = 0x3d;

/**
 * One token's bytes at a fixed place, `[HMAC pad][version, timestamp, IV, ciphertext, MAC]`, so that the views that the
 * hash and the comparison want are made once for each length instead of once for each token.
 */
export class Frame {
  readonly bytes: Buffer;
  /** Behind the place of the longest token: room for what is decoded and not yet in its place. */
  readonly roomAt: number;
  /** The key whose inner pad stands in front. */
  padOf: FernetKey | undefined;
  readonly #views: (Views | undefined)[] = [];

  constructor(tokenBytes: number, roomBytes = 0) {
    this.roomAt = HASH_BLOCK_BYTES + tokenBytes;
    this.bytes = Buffer.allocUnsafeSlow(this.roomAt + roomBytes);
  }

  /** Views into a token with so many blocks of ciphertext. */
  views(blocks: number): Views {
    return (this.#views[blocks] ??= this.#makeViews(blocks));
  }

  #makeViews(blocks: number): Views {
    const memory = this.bytes.buffer;
    const macAt = HASH_BLOCK_BYTES + HEADER_BYTES + BLOCK_BYTES * (blocks + 1);
    const ivAt = HASH_BLOCK_BYTES + HEADER_BYTES;
    return {
      message: new Uint8Array(memory, 0, macAt),
      mac: new Uint8Array(memory, macAt, HASH_BYTES),
      ivAndText: new Uint8Array(memory, ivAt, macAt - ivAt),
    };
  }
}

export interface Views {
  /** What HMAC hashes first: pad and token, without the MAC. */
  readonly message: Uint8Array;
  readonly mac: Uint8Array;
  readonly ivAndText: Uint8Array;
}

/** How many bytes the token holds; undefined when its padding is wrong, or no bytes have so many characters. */
export function bytesOf(token: string): number | undefined {
  const { length } = token;
  const rest = length & 3;
  if (token.charCodeAt(length - 1) !== EQUALS) return rest === 1 ? undefined : Math.floor((length * 3) / 4);
  if (rest !== 0) return undefined;
  return (length / 4) * 3 - (token.charCodeAt(length - 2) === EQUALS ? 2 : 1);
}

/**
 * Of a token that decoded to as many bytes as its length promises, so that no character was skipped: what Node takes beside
 * the alphabet is `+` and `/`, and of a character beyond ASCII the low byte.
 */
const isBase64Url = (text: string): boolean =>
  Buffer.byteLength(text) === text.length && !text.includes('+') && !text.includes('/');

/** Decodes to `at`; whether it is base64url of just so many bytes. */
export const decodeStrictly = (into: Buffer, text: string, at: number, bytes: number): boolean =>
  writeBase64Url(into, text, at, bytes) === bytes && isBase64Url(text);
