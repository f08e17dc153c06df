import { Buffer } from 'node:buffer';

/** Characters of a user id that is 32 bytes as hex digits. */
export const HEX_ID_BYTES = 64;
const NO_DIGIT = 0xff;
const HEX = new Uint8Array(256).fill(NO_DIGIT);
for (let digit = 0; digit < 16; digit += 1) HEX['0123456789abcdef'.charCodeAt(digit)] = digit;
const BASE64URL = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 'latin1');

/** Writes the 64 hex digits at `at` as base64url to `to`; the offset behind it, or -1 where they are none. */
export function writeHexIdCode(bytes: Buffer, at: number, out: Buffer, to: number): number {
  let seen = 0;
  let end = to;
  // Three digits, 12 bits, are two characters.
  for (let i = at; i < at + HEX_ID_BYTES - 1; i += 3) {
    const [a, b, c] = [HEX[bytes[i]!]!, HEX[bytes[i + 1]!]!, HEX[bytes[i + 2]!]!];
    seen |= a | b | c;
    out[end] = BASE64URL[((a << 2) | (b >> 2)) & 63]!;
    out[end + 1] = BASE64URL[((b << 4) | c) & 63]!;
    end += 2;
  }
  const last = HEX[bytes[at + HEX_ID_BYTES - 1]!]!;
  out[end] = BASE64URL[(last << 2) & 63]!;
  return (seen | last) > 15 ? -1 : end + 1;
}
