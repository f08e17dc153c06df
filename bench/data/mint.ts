import { createCipheriv, hash } from 'node:crypto';

const BLOCK_BYTES = 16;
const HASH_BLOCK_BYTES = 64;
const HEADER_BYTES = 9;
const IPAD = 0x36;
const OPAD = 0x5c;

/**
 * Fernet tokens of many plaintexts in one cipher call. Between two plaintexts lies one block of noise from the seed: in
 * CBC its ciphertext is as good as random, and it stands just where the next token's IV belongs. The same seed and texts
 * give the same tokens; a token is as any other Fernet library would make it, for some IV.
 *
 * @param key a Fernet key: 32 bytes in base64url
 */
export function mintTokens(
  key: string,
  plaintexts: readonly string[],
  at: { readonly mintedSec: number; readonly noise: string },
): string[] {
  const raw = Buffer.from(key, 'base64url');
  const pieces: Buffer[] = [];
  plaintexts.forEach((text, i) => {
    const count = BLOCK_BYTES - (Buffer.byteLength(text) % BLOCK_BYTES);
    pieces.push(
      hash('sha256', `${at.noise} ${i}`, 'buffer').subarray(0, BLOCK_BYTES),
      Buffer.from(text, 'utf8'),
      Buffer.alloc(count, count),
    );
  });
  const cipher = createCipheriv('aes-128-cbc', raw.subarray(16), Buffer.alloc(BLOCK_BYTES)).setAutoPadding(
    false,
  );
  const packed = cipher.update(Buffer.concat(pieces));
  let from = 0;
  return plaintexts.map((_, i) => {
    const bytes = BLOCK_BYTES + (pieces[3 * i + 1]?.length ?? 0) + (pieces[3 * i + 2]?.length ?? 0);
    const token = signed(raw.subarray(0, 16), at.mintedSec, packed.subarray(from, from + bytes));
    from += bytes;
    return token;
  });
}

/** `body` is IV and ciphertext. */
function signed(signing: Buffer, mintedSec: number, body: Buffer): string {
  const message = Buffer.allocUnsafe(HASH_BLOCK_BYTES + HEADER_BYTES + body.length + 32);
  const end = message.length - 32;
  padInto(message, signing, IPAD);
  message[HASH_BLOCK_BYTES] = 0x80;
  message.writeUInt32BE(Math.floor(mintedSec / 2 ** 32), HASH_BLOCK_BYTES + 1);
  message.writeUInt32BE(mintedSec >>> 0, HASH_BLOCK_BYTES + 5);
  body.copy(message, HASH_BLOCK_BYTES + HEADER_BYTES);
  const outer = Buffer.allocUnsafe(HASH_BLOCK_BYTES + 32);
  padInto(outer, signing, OPAD);
  hash('sha256', message.subarray(0, end), 'buffer').copy(outer, HASH_BLOCK_BYTES);
  hash('sha256', outer, 'buffer').copy(message, end);
  const text = message.toString('base64url', HASH_BLOCK_BYTES);
  // With padding, as in the capture.
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** HMAC's padded key: what a SHA-256 block begins with. */
function padInto(target: Buffer, key: Buffer, pad: number): void {
  target.fill(pad, 0, HASH_BLOCK_BYTES);
  key.forEach((byte, i) => (target[i] = byte ^ pad));
}
