import { createDecipheriv, type Decipher, hash, timingSafeEqual } from 'node:crypto';
import { writeLatin1 } from './buffer-write.js';
import { BLOCK_BYTES, bytesOf, decodeStrictly, Frame, HEADER_BYTES, type Views } from './fernet-frame.js';
import { type FernetKey, HASH_BLOCK_BYTES, HASH_BYTES, type KeyRing, keysOf } from './fernet-keys.js';
import { TokenRun } from './fernet-run.js';

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
const ZERO_IV = Buffer.alloc(BLOCK_BYTES);
const FRAME_BYTES = HEADER_BYTES + BLOCK_BYTES + HASH_BYTES;
/** Small enough to stay in the processor's cache between the steps. */
const AREA_BYTES = 64 * 1024;
/** Tokens up to this size are laid out in memory that every call uses again; larger ones get their own. */
const FRAME_TOKEN_BYTES = 16 * 1024;

/** What becomes of each token of a batch, by its position. */
export interface TokenSink {
  /** Opened: the plaintext is `bytes` from `from` to `end`, in memory that is used again once this returns. In order. */
  plain(index: number, bytes: Buffer, from: number, end: number, keyId: string): void;
  /** Refused, with the rule that failed (never content). Some earlier tokens may still be waiting for the cipher. */
  refuse(index: number, detail: string): void;
}

/**
 * Decrypts `tokens` (base64url, padded or not) into `sink`. Never throws for a bad token. Every token's MAC is compared in
 * constant time before its plaintext is looked at.
 */
export function openTokens(ring: KeyRing, tokens: readonly string[], sink: TokenSink, age?: AgeLimit): void {
  const batch = new Batch(keysOf(ring), age, sink);
  for (let from = 0; from < tokens.length;) {
    const taken = sharedRun.take(tokens, from);
    for (let index = from; index < from + taken; index += 1) {
      const fault = sharedRun.decoded
        ? batch.addDecoded(index, sharedRun.startOf(index - from), sharedRun.sizeOf(index - from))
        : batch.add(index, tokens[index]!);
      if (fault !== undefined) sink.refuse(index, fault);
    }
    from += taken;
  }
  batch.decrypt();
}

/** The same as one outcome a token, in the same order. */
export function decryptTokens(ring: KeyRing, tokens: readonly string[], age?: AgeLimit): DecryptOutcome[] {
  const outcomes = new Array<DecryptOutcome>(tokens.length);
  const sink: TokenSink = {
    plain(index, bytes, from, end, keyId) {
      outcomes[index] = { ok: true, plaintext: bytes.subarray(from, end), keyId };
    },
    refuse(index, detail) {
      outcomes[index] = { ok: false, detail };
    },
  };
  openTokens(ring, tokens, sink, age);
  return outcomes;
}

// Used by one call at a time: nothing here waits.
const sharedFrame = new Frame(FRAME_TOKEN_BYTES, AREA_BYTES);
const sharedRun = new TokenRun(sharedFrame.bytes, sharedFrame.roomAt, FRAME_TOKEN_BYTES);
const sharedArea = Buffer.allocUnsafeSlow(AREA_BYTES);
const computedMac = Buffer.allocUnsafeSlow(HASH_BYTES);

class Batch {
  #area = sharedArea;
  #used = 0;
  /** Tokens whose MAC is right, waiting in the area for the cipher: `[IV, ciphertext]` end to end. */
  readonly #waiting: number[] = [];
  readonly #blocks: number[] = [];
  /** Positions in `keys`. */
  readonly #keyOf: number[] = [];
  /** The key that fitted last: in a rotation, neighbours mostly share one. */
  #likely = 0;

  constructor(
    readonly keys: readonly FernetKey[],
    readonly age: AgeLimit | undefined,
    readonly sink: TokenSink,
  ) {}

  /** Takes the token in and checks all that can be checked before the cipher; the rule that failed, or undefined. */
  add(index: number, token: string): string | undefined {
    const tokenBytes = bytesOf(token);
    if (tokenBytes === undefined) return 'not base64url: wrong length or padding';
    const frame = tokenBytes <= FRAME_TOKEN_BYTES ? sharedFrame : new Frame(tokenBytes);
    if (!decodeStrictly(frame.bytes, token, HASH_BLOCK_BYTES, tokenBytes)) {
      return 'not base64url: characters beside A-Z a-z 0-9 - _';
    }
    return this.#take(index, frame, tokenBytes);
  }

  /** The same for a token whose bytes are in the shared frame's room. */
  addDecoded(index: number, start: number, tokenBytes: number): string | undefined {
    sharedFrame.bytes.copyWithin(HASH_BLOCK_BYTES, start, start + tokenBytes);
    return this.#take(index, sharedFrame, tokenBytes);
  }

  /** `frame` holds the token. */
  #take(index: number, frame: Frame, tokenBytes: number): string | undefined {
    const { bytes } = frame;
    if (tokenBytes <= FRAME_BYTES) return 'too short for a Fernet token';
    if (bytes[HASH_BLOCK_BYTES] !== VERSION) return 'version is not 0x80';
    const blocks = (tokenBytes - FRAME_BYTES) / BLOCK_BYTES;
    if (!Number.isInteger(blocks)) return 'ciphertext is not a multiple of the block size';
    const views = frame.views(blocks);
    const key = this.#authenticate(frame, views);
    if (key < 0) return `MAC is right for none of ${this.keys.length} keys`;
    const fault = this.age && ageFault(bytes, this.age);
    if (fault !== undefined) return fault;
    if (this.#used + views.ivAndText.length > this.#area.length) this.#makeRoom(views.ivAndText.length);
    this.#area.set(views.ivAndText, this.#used);
    this.#waiting.push(index);
    this.#blocks.push(blocks);
    this.#keyOf.push(key);
    this.#used += views.ivAndText.length;
    return undefined;
  }

  /**
   * The key whose MAC is right, as a position in `keys`; -1 for none. HMAC-SHA256 as two plain hashes: `crypto.hash` costs a
   * fifth of `createHmac`.
   */
  #authenticate(frame: Frame, { message, mac }: Views): number {
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
        return at;
      }
    }
    return -1;
  }

  #makeRoom(neededBytes: number): void {
    this.decrypt();
    this.#area = neededBytes <= AREA_BYTES ? sharedArea : Buffer.allocUnsafeSlow(neededBytes);
  }

  /** One cipher call per key for the whole area, then each token's part of it. */
  decrypt(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    const area = this.#area.subarray(0, this.#used);
    const plains: (Buffer | undefined)[] = [];
    let at = 0;
    for (let i = 0; i < waiting.length; i += 1) {
      const keyAt = this.#keyOf[i]!;
      const key = this.keys[keyAt]!;
      // The IVs are decrypted, too, to noise that nobody reads.
      const plain = (plains[keyAt] ??= decipherOf(key).update(area));
      const from = at + BLOCK_BYTES;
      at = from + this.#blocks[i]! * BLOCK_BYTES;
      const padding = paddingBefore(plain, at);
      if (padding === 0) this.sink.refuse(waiting[i]!, 'padding is wrong');
      else this.sink.plain(waiting[i]!, plain, from, at - padding, key.id);
    }
    waiting.length = 0;
    this.#blocks.length = 0;
    this.#keyOf.length = 0;
    this.#used = 0;
  }
}

const deciphers = new WeakMap<FernetKey, Decipher>();

/**
 * One for each key, for good: in CBC a block needs only the one before it. What a call leaves behind reaches the first block
 * of the next one, which is an IV.
 */
function decipherOf(key: FernetKey): Decipher {
  let decipher = deciphers.get(key);
  if (!decipher) {
    decipher = createDecipheriv('aes-128-cbc', key.encryption, ZERO_IV).setAutoPadding(false);
    deciphers.set(key, decipher);
  }
  return decipher;
}

/** `bytes` holds a token behind HMAC's pad. */
function ageFault(bytes: Buffer, age: AgeLimit): string | undefined {
  const at = HASH_BLOCK_BYTES + 1;
  const mintedMs = (bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)) * 1000;
  if (mintedMs > age.nowMs + CLOCK_SKEW_MAX_MS) return 'minted in the future';
  return mintedMs + age.ttlMs < age.nowMs ? 'older than its time-to-live' : undefined;
}

/** Bytes of PKCS #7 padding in front of `end`, which the spec wants checked for each token; 0 when it is wrong. */
function paddingBefore(plain: Buffer, end: number): number {
  const count = plain[end - 1] ?? 0;
  if (count < 1 || count > BLOCK_BYTES) return 0;
  for (let i = end - count; i < end; i += 1) if (plain[i] !== count) return 0;
  return count;
}
