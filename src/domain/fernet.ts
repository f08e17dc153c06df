import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto';
import { type FernetKey, HASH_BLOCK_BYTES, HASH_BYTES, type KeyRing, keysOf } from './fernet-keys.js';

export { createKeyRing, type KeyRing } from './fernet-keys.js';

/**
 * Fernet tokens (https://github.com/fernet/spec/blob/master/Spec.md) decrypted in batches. Why it is laid out as it
 * is, and what was measured: docs/decisions/0002-fernet-on-node-crypto.md.
 */

export type DecryptOutcome =
  | {
      readonly ok: true;
      /** A view into the batch's memory: copy what is to outlive the batch. */
      readonly plaintext: Buffer;
      readonly keyId: string;
    }
  | {
      readonly ok: false;
      /** The rule that failed. Never content. */
      readonly detail: string;
    };

/** The spec's optional check of a token's age. fernlake leaves it out: an archive must stay readable for years. */
export interface AgeLimit {
  readonly nowMs: number;
  readonly ttlMs: number;
}

/** A token minted later than this after `nowMs` is refused, as the spec wants of those who check the age. */
const CLOCK_SKEW_MAX_MS = 60_000;
const VERSION = 0x80;
const BLOCK_BYTES = 16;
/** Version (1), timestamp (8): in front of the IV. */
const HEADER_BYTES = 9;
const FRAME_BYTES = HEADER_BYTES + BLOCK_BYTES + HASH_BYTES;
/** Small enough to stay in the processor's cache between the steps, and below malloc's threshold for fresh pages. */
const BATCH_BYTES = 64 * 1024;
/** What a token may take beside its own bytes: the gap in front, and HMAC's pad. */
const SLOT_EXTRA_BYTES = BLOCK_BYTES + HASH_BLOCK_BYTES;

/** A token in the batch: `[gap][HMAC pad][version, timestamp][IV, ciphertext][MAC]`, the IV on a block boundary. */
interface Slot {
  readonly index: number;
  readonly key: FernetKey;
  /** Offset of the version byte. */
  readonly start: number;
  /** Offset behind the MAC. */
  readonly end: number;
}

/**
 * Decrypts `tokens` (base64url, padded or not); the outcomes stand in the same order. Never throws for a bad token.
 * Every token's MAC is compared in constant time before its plaintext is looked at.
 */
export function decryptTokens(ring: KeyRing, tokens: readonly string[], age?: AgeLimit): DecryptOutcome[] {
  const keys = keysOf(ring);
  const outcomes = new Array<DecryptOutcome>(tokens.length);
  let batch = new Batch(keys, age, outcomes);
  tokens.forEach((token, index) => {
    if (!batch.hasRoomFor(token)) {
      batch.decrypt();
      batch = new Batch(keys, age, outcomes, token);
    }
    const fault = batch.add(index, token);
    if (fault !== undefined) outcomes[index] = { ok: false, detail: fault };
  });
  batch.decrypt();
  return outcomes;
}

const slotBytesMax = (token: string): number => SLOT_EXTRA_BYTES + Math.ceil((token.length * 3) / 4);

class Batch {
  readonly #bytes: Buffer;
  readonly #slots: Slot[] = [];
  readonly #mac = Buffer.alloc(HASH_BYTES);
  #used = 0;
  /** The key that fitted last: in a rotation, neighbours mostly share one. */
  #likely = 0;

  constructor(
    readonly keys: readonly FernetKey[],
    readonly age: AgeLimit | undefined,
    readonly outcomes: DecryptOutcome[],
    /** Gets room, however large it is. */
    first = '',
  ) {
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(BATCH_BYTES, slotBytesMax(first) + BLOCK_BYTES));
  }

  hasRoomFor(token: string): boolean {
    return this.#used + slotBytesMax(token) <= this.#bytes.length;
  }

  /** Lays the token into the batch and checks all that can be checked before the cipher; the rule that failed, or undefined. */
  add(index: number, token: string): string | undefined {
    // Makes the IV fall on a block boundary: 7 + 64 + 9 = 80.
    const pad = this.#used + BLOCK_BYTES - HEADER_BYTES;
    const start = pad + HASH_BLOCK_BYTES;
    const text = unpadded(token);
    if (text === undefined) return 'not base64url: wrong length or padding';
    const end = start + this.#bytes.write(text, start, 'base64url');
    // Node skips characters that it does not know. Writing the bytes back is the cheapest proof that it met none
    // (0.1 us); only a token whose unused last bits are set, which decoders accept, needs the expression.
    if (this.#bytes.toString('base64url', start, end) !== text && !/^[A-Za-z0-9_-]+$/.test(text)) {
      return 'not base64url: characters beside A-Z a-z 0-9 - _';
    }
    if (end - start <= FRAME_BYTES) return 'too short for a Fernet token';
    if (this.#bytes[start] !== VERSION) return 'version is not 0x80';
    if ((end - start - FRAME_BYTES) % BLOCK_BYTES !== 0)
      return 'ciphertext is not a multiple of the block size';
    const key = this.#authenticate(pad, end);
    if (!key) return `MAC is right for none of ${this.keys.length} keys`;
    const fault = this.age && this.#ageFault(start, this.age);
    if (fault !== undefined) return fault;
    this.#slots.push({ index, key, start, end });
    this.#used = end;
    return undefined;
  }

  /** HMAC-SHA256 as two plain hashes: `crypto.hash` costs a fifth of `createHmac`. */
  #authenticate(pad: number, end: number): FernetKey | undefined {
    const memory = this.#bytes.buffer;
    const message = new Uint8Array(memory, pad, end - HASH_BYTES - pad);
    const claimed = new Uint8Array(memory, end - HASH_BYTES, HASH_BYTES);
    for (let tried = 0; tried < this.keys.length; tried += 1) {
      const at = (this.#likely + tried) % this.keys.length;
      const key = this.keys[at];
      if (!key) continue;
      this.#bytes.set(key.innerPad, pad);
      key.outerMessage.write(hash('sha256', message, 'binary'), HASH_BLOCK_BYTES, 'latin1');
      this.#mac.write(hash('sha256', key.outerMessage, 'binary'), 0, 'latin1');
      if (timingSafeEqual(this.#mac, claimed)) {
        this.#likely = at;
        return key;
      }
    }
    return undefined;
  }

  #ageFault(start: number, age: AgeLimit): string | undefined {
    const mintedMs =
      (this.#bytes.readUInt32BE(start + 1) * 2 ** 32 + this.#bytes.readUInt32BE(start + 5)) * 1000;
    if (mintedMs > age.nowMs + CLOCK_SKEW_MAX_MS) return 'minted in the future';
    return mintedMs + age.ttlMs < age.nowMs ? 'older than its time-to-live' : undefined;
  }

  /** One cipher call per key for the whole batch: in CBC a block needs only the one before it, and that is the IV. */
  decrypt(): void {
    for (const key of this.keys) {
      const slots = this.#slots.filter((slot) => slot.key === key);
      if (slots.length === 0) continue;
      // What stands between the tokens is decrypted, too, to noise that nobody reads.
      const cipher = createDecipheriv(
        'aes-128-cbc',
        key.encryption,
        Buffer.alloc(BLOCK_BYTES),
      ).setAutoPadding(false);
      const plain = cipher.update(this.#bytes.subarray(0, this.#used));
      for (const slot of slots) this.outcomes[slot.index] = outcomeOf(plain, slot);
    }
  }
}

/** The text without its padding; undefined when the padding is wrong, or no bytes have so many characters. */
function unpadded(token: string): string | undefined {
  const rest = token.length % 4;
  if (!token.endsWith('=')) return rest === 1 ? undefined : token;
  if (rest !== 0) return undefined;
  return token.slice(0, token.endsWith('==') ? -2 : -1);
}

/** Takes off the PKCS #7 padding, which the spec wants checked for each token. */
function outcomeOf(plain: Buffer, slot: Slot): DecryptOutcome {
  const from = slot.start + HEADER_BYTES + BLOCK_BYTES;
  const to = slot.end - HASH_BYTES;
  const count = plain[to - 1] ?? 0;
  let right = count >= 1 && count <= BLOCK_BYTES;
  for (let i = to - count; right && i < to; i += 1) right = plain[i] === count;
  if (!right) return { ok: false, detail: 'padding is wrong' };
  return { ok: true, plaintext: plain.subarray(from, to - count), keyId: slot.key.id };
}
