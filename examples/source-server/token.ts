import { createCipheriv, createHmac, randomBytes } from 'node:crypto';

/**
 * A demonstration key, published with the exercise that the API was made for. It protects nothing: everybody has it.
 * Never use it for data of your own.
 */
export const DEMO_KEY = 't-jdqnDewRx9kWithdsTMS21eLrri70TpkMq2A59jX8=';

export interface Mint {
  /** A new token of the text: another one at every call. */
  (plaintext: string, atMs: number): string;
}

const VERSION = 0x80;
const HEADER_BYTES = 25;
const IV_BYTES = 16;
const HALF_KEY_BYTES = 16;

/**
 * Tokens as https://github.com/fernet/spec has them. Written from the specification and not with fernlake's own code, which
 * is to open them; that other libraries open them, too, is tested. Throws when the key is not 32 bytes in URL-safe base64.
 */
export function createMint(key: string): Mint {
  const seal = sealerOf(key);
  return (plaintext, atMs) => seal(Buffer.from(plaintext, 'utf8'), atMs);
}

/** A token of any bytes, text or not. */
export const mintBytes = (key: string, bytes: Uint8Array, atMs: number): string => sealerOf(key)(bytes, atMs);

function sealerOf(key: string): (bytes: Uint8Array, atMs: number) => string {
  const secret = Buffer.from(key, 'base64url');
  if (secret.length !== 2 * HALF_KEY_BYTES) throw new Error('a Fernet key is 32 bytes in URL-safe base64');
  const signing = secret.subarray(0, HALF_KEY_BYTES);
  const encryption = secret.subarray(HALF_KEY_BYTES);
  return (bytes, atMs) => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(VERSION, 0);
    header.writeBigUInt64BE(BigInt(Math.floor(atMs / 1000)), 1);
    const iv = randomBytes(IV_BYTES);
    iv.copy(header, HEADER_BYTES - IV_BYTES);
    const cipher = createCipheriv('aes-128-cbc', encryption, iv);
    const signed = Buffer.concat([header, cipher.update(bytes), cipher.final()]);
    const mac = createHmac('sha256', signing).update(signed).digest();
    // With padding, as the specification has it, and the real API: Python's `cryptography` reads no other.
    const text = Buffer.concat([signed, mac]).toString('base64url');
    return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
  };
}
