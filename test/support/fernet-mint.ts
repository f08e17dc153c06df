import { createCipheriv, createHmac } from 'node:crypto';
import { parseKey } from '../../src/dataset/fernet-keys.js';

export interface Mint {
  /** Seconds since 1970; goes into the token in the clear. */
  readonly nowSec: number;
  /** 16 bytes, random and never used twice; handed in, since the domain has no randomness. */
  readonly iv: Uint8Array;
}

/** Makes one Fernet token (padded base64url). `key` is base64url; a malformed one throws `Configuration`. */
export function encryptToken(key: string, plaintext: Uint8Array, mint: Mint): string {
  const { encryption } = parseKey(key);
  const signing = Buffer.from(key, 'base64url').subarray(0, 16);
  const header = Buffer.alloc(9);
  header[0] = 0x80;
  header.writeBigUInt64BE(BigInt(mint.nowSec), 1);
  const cipher = createCipheriv('aes-128-cbc', encryption, mint.iv);
  const signed = Buffer.concat([header, mint.iv, cipher.update(plaintext), cipher.final()]);
  const mac = createHmac('sha256', signing).update(signed).digest();
  const text = Buffer.concat([signed, mac]).toString('base64url');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
