import { createDecipheriv, hash, timingSafeEqual } from 'node:crypto';
import { writeBase64Url, writeLatin1 } from './buffer-write.js';
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
/** Small enough to stay in the processor's cache between the steps. */
const AREA_BYTES = 64 * 1024;
/** Tokens up to this size are laid out in memory that every call uses again; larger ones get their own. */
const FRAME_TOKEN_BYTES = 16 * 1024;

/** A token whose MAC is right, waiting in the area for the cipher: `[IV, ciphertext]` from `start` on. */
interface Slot {
  readonly index: number;
  readonly key: FernetKey;
  readonly start: number;
  readonly blocks: number;
}

/**
 * Decrypts `tokens` (base64url, padded or not); the outcomes stand in the same order. Never throws for a bad token.
 * Every token's MAC is compared in constant time before its plaintext is looked at.
 */
export function decryptTokens(ring: KeyRing, tokens: readonly string[], age?: AgeLimit): DecryptOutcome[] {
  const batch = new Batch(keysOf(ring), age, new Array<DecryptOutcome>(tokens.length));
  for (let index = 0; index < tokens.length; index += 1) {
    const fault = batch.add(index, tokens[index]!);
    if (fault !== undefined) batch.outcomes[index] = { ok: false, detail: fault };
  }
  batch.decrypt();
  return batch.outcomes;
}

/**
 * One token's bytes at a fixed place, `[HMAC pad][version, timestamp, IV, ciphertext, MAC]`, so that the views that the
 * hash and the comparison want are made once for each length instead of once for each token.
 */
class Frame {
  readonly bytes: Buffer;
  /** The key whose inner pad stands in front. */
  padOf: FernetKey | undefined;
  readonly #views: (Views | undefined)[] = [];

  constructor(tokenBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(HASH_BLOCK_BYTES + tokenBytes);
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

interface Views {
  /** What HMAC hashes first: pad and token, without the MAC. */
  readonly message: Uint8Array;
  readonly mac: Uint8Array;
  readonly ivAndText: Uint8Array;
}

// Used by one call at a time: nothing here waits.
const sharedFrame = new Frame(FRAME_TOKEN_BYTES);
const sharedArea = Buffer.allocUnsafeSlow(AREA_BYTES);
const computedMac = Buffer.allocUnsafeSlow(HASH_BYTES);
const ZERO_IV = Buffer.alloc(BLOCK_BYTES);

class Batch {
  #area = sharedArea;
  #slots: Slot[] = [];
  #used = 0;
  /** The key that fitted last: in a rotation, neighbours mostly share one. */
  #likely = 0;

  constructor(
    readonly keys: readonly FernetKey[],
    readonly age: AgeLimit | undefined,
    readonly outcomes: DecryptOutcome[],
  ) {}

  /** Takes the token in and checks all that can be checked before the cipher; the rule that failed, or undefined. */
  add(index: number, token: string): string | undefined {
    const tokenBytes = bytesOf(token);
    if (tokenBytes === undefined) return 'not base64url: wrong length or padding';
    const frame = tokenBytes <= FRAME_TOKEN_BYTES ? sharedFrame : new Frame(tokenBytes);
    const { bytes } = frame;
    const written = writeBase64Url(bytes, token, HASH_BLOCK_BYTES, tokenBytes);
    if (written !== tokenBytes || !isBase64Url(token)) {
      return 'not base64url: characters beside A-Z a-z 0-9 - _';
    }
    if (tokenBytes <= FRAME_BYTES) return 'too short for a Fernet token';
    if (bytes[HASH_BLOCK_BYTES] !== VERSION) return 'version is not 0x80';
    const blocks = (tokenBytes - FRAME_BYTES) / BLOCK_BYTES;
    if (!Number.isInteger(blocks)) return 'ciphertext is not a multiple of the block size';
    const views = frame.views(blocks);
    const key = this.#authenticate(frame, views);
    if (!key) return `MAC is right for none of ${this.keys.length} keys`;
    const fault = this.age && ageFault(bytes, this.age);
    if (fault !== undefined) return fault;
    if (this.#used + views.ivAndText.length > this.#area.length) this.#makeRoom(views.ivAndText.length);
    this.#area.set(views.ivAndText, this.#used);
    this.#slots.push({ index, key, start: this.#used, blocks });
    this.#used += views.ivAndText.length;
    return undefined;
  }

  /** HMAC-SHA256 as two plain hashes: `crypto.hash` costs a fifth of `createHmac`. */
  #authenticate(frame: Frame, { message, mac }: Views): FernetKey | undefined {
    for (let tried = 0; tried < this.keys.length; tried += 1) {
      const at = (this.#likely + tried) % this.keys.length;
      const key = this.keys[at];
      if (!key) continue;
      if (frame.padOf !== key) frame.bytes.set(key.innerPad, 0);
      frame.padOf = key;
      writeLatin1(key.outerMessage, hash('sha256', message, 'binary'), HASH_BLOCK_BYTES, HASH_BYTES);
      writeLatin1(computedMac, hash('sha256', key.outerMessage, 'binary'), 0, HASH_BYTES);
      if (timingSafeEqual(computedMac, mac)) {
        this.#likely = at;
        return key;
      }
    }
    return undefined;
  }

  #makeRoom(neededBytes: number): void {
    this.decrypt();
    this.#area = neededBytes <= AREA_BYTES ? sharedArea : Buffer.allocUnsafeSlow(neededBytes);
  }

  /** One cipher call per key for the whole area: in CBC a block needs only the one before it, and that is the IV. */
  decrypt(): void {
    for (const key of this.keys) {
      const slots = this.keys.length === 1 ? this.#slots : this.#slots.filter((slot) => slot.key === key);
      if (slots.length === 0) continue;
      // The IVs are decrypted, too, to noise that nobody reads.
      const cipher = createDecipheriv('aes-128-cbc', key.encryption, ZERO_IV).setAutoPadding(false);
      const plain = cipher.update(this.#area.subarray(0, this.#used));
      for (const slot of slots) this.outcomes[slot.index] = outcomeOf(plain, slot);
    }
    this.#slots = [];
    this.#used = 0;
  }
}

/**
 * Of a token that decoded to as many bytes as its length promises, so that no character was skipped: what Node takes beside
 * the alphabet is `+` and `/`, and of a character beyond ASCII the low byte.
 */
const isBase64Url = (text: string): boolean =>
  Buffer.byteLength(text) === text.length && !text.includes('+') && !text.includes('/');

/** `bytes` holds a token behind HMAC's pad. */
function ageFault(bytes: Buffer, age: AgeLimit): string | undefined {
  const at = HASH_BLOCK_BYTES + 1;
  const mintedMs = (bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)) * 1000;
  if (mintedMs > age.nowMs + CLOCK_SKEW_MAX_MS) return 'minted in the future';
  return mintedMs + age.ttlMs < age.nowMs ? 'older than its time-to-live' : undefined;
}

/** How many bytes the token holds; undefined when its padding is wrong, or no bytes have so many characters. */
function bytesOf(token: string): number | undefined {
  const { length } = token;
  const rest = length % 4;
  if (!token.endsWith('=')) return rest === 1 ? undefined : Math.floor((length * 3) / 4);
  if (rest !== 0) return undefined;
  return (length / 4) * 3 - (token.endsWith('==') ? 2 : 1);
}

/** Takes off the PKCS #7 padding, which the spec wants checked for each token. */
function outcomeOf(plain: Buffer, { start, blocks, key }: Slot): DecryptOutcome {
  const from = start + BLOCK_BYTES;
  const to = from + blocks * BLOCK_BYTES;
  const count = plain[to - 1] ?? 0;
  let right = count >= 1 && count <= BLOCK_BYTES;
  for (let i = to - count; right && i < to; i += 1) right = plain[i] === count;
  if (!right) return { ok: false, detail: 'padding is wrong' };
  return { ok: true, plaintext: plain.subarray(from, to - count), keyId: key.id };
}
