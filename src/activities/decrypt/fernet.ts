import { createDecipheriv, createHmac, type Decipher, timingSafeEqual } from 'node:crypto';
import { type FernetKey, type KeyRing, keysOf } from '../../dataset/fernet-keys.js';
import {
  BLOCK_BYTES,
  bytesOf,
  decodeStrictly,
  formFault,
  HEADER_BYTES,
  MAC_BYTES,
  plainSpelling,
  WRONG_ALPHABET,
  WRONG_LENGTH,
} from './fernet-layout.js';
import { type CheckedRun, createCheckedRun, type MacCheck } from './fernet-macs.js';
import type { TokenRun } from './fernet-run.js';

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
const ZERO_IV = Buffer.alloc(BLOCK_BYTES);

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
  if (shared === undefined) shared = makeShared();
  const batch = new Batch(keysOf(ring), age, sink);
  for (let from = 0; from < tokens.length;) {
    const taken = shared?.run.take(tokens, from) ?? 0;
    if (shared && taken > 0) batch.openRun(shared, from, taken);
    else batch.openAlone(from, tokens[from]!);
    from += Math.max(1, taken);
  }
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

/**
 * Used by one call at a time: nothing here waits. Made when the first token comes; null where WebAssembly cannot set aside its 10 GB of
 * addresses (`ulimit -v`): then each token goes by itself, at a sixth of the speed.
 */
let shared: CheckedRun | null | undefined;

function makeShared(): CheckedRun | null {
  try {
    return createCheckedRun();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

class Batch {
  /** The key that fitted last: in a rotation, neighbours mostly share one. */
  #likely = 0;

  constructor(
    readonly keys: readonly FernetKey[],
    readonly age: AgeLimit | undefined,
    readonly sink: TokenSink,
  ) {}

  /** The first `count` places of the run are the tokens from `from` on. */
  openRun({ run, macs }: CheckedRun, from: number, count: number): void {
    const keyOf = this.#authenticate(run, macs, count);
    const opened: number[] = [];
    let used = run.roomAt;
    // IV and ciphertext of those whose MAC is right, one behind the other: none is written over before it has moved.
    for (let place = 0; place < count; place += 1) {
      const fault = run.faultOf(place) ?? this.#faultAfterMac(run.memory, run.startOf(place), keyOf[place]!);
      if (fault !== undefined) {
        this.sink.refuse(from + place, fault);
        continue;
      }
      const start = run.startOf(place);
      const end = start + run.sizeOf(place) - MAC_BYTES;
      run.memory.copyWithin(used, start + HEADER_BYTES, end);
      used += end - start - HEADER_BYTES;
      opened.push(place);
    }
    if (opened.length > 0) this.#decrypt(run, from, opened, keyOf, used);
  }

  /** The key whose MAC is right, for each place, as a position in `keys`; -1 for none. */
  #authenticate(run: TokenRun, macs: MacCheck, count: number): number[] {
    const keyOf = new Array<number>(count).fill(-1);
    let places: number[] = [];
    for (let place = 0; place < count; place += 1) {
      if (run.faultOf(place) !== undefined) continue;
      macs.prepare(place);
      places.push(place);
    }
    const first = this.#likely;
    for (let tried = 0; tried < this.keys.length && places.length > 0; tried += 1) {
      const at = (first + tried) % this.keys.length;
      macs.check(places, this.keys[at]!, (place) => {
        keyOf[place] = at;
        this.#likely = at;
      });
      places = places.filter((place) => keyOf[place]! < 0);
    }
    return keyOf;
  }

  #faultAfterMac(bytes: Buffer, at: number, key: number): string | undefined {
    if (key < 0) return `MAC is right for none of ${this.keys.length} keys`;
    return this.age && ageFault(bytes, at, this.age);
  }

  /** One cipher call per key for the whole area, then each token's part of it. */
  #decrypt(
    run: TokenRun,
    from: number,
    places: readonly number[],
    keyOf: readonly number[],
    used: number,
  ): void {
    const area = run.memory.subarray(run.roomAt, used);
    const plains: (Buffer | undefined)[] = [];
    let at = 0;
    for (const place of places) {
      const key = this.keys[keyOf[place]!]!;
      // The IVs are decrypted, too, to noise that nobody reads.
      const plain = (plains[keyOf[place]!] ??= decipherOf(key).update(area));
      const start = at + BLOCK_BYTES;
      at += run.sizeOf(place) - HEADER_BYTES - MAC_BYTES;
      this.#hand(from + place, plain, start, at, key);
    }
  }

  #hand(index: number, plain: Buffer, from: number, end: number, key: FernetKey): void {
    const padding = paddingBefore(plain, end);
    if (padding === 0) this.sink.refuse(index, 'padding is wrong');
    else this.sink.plain(index, plain, from, end - padding, key.id);
  }

  /** A token that has no room in a run, or where there is none. */
  openAlone(index: number, spelling: string): void {
    const token = plainSpelling(spelling);
    const tokenBytes = bytesOf(token);
    if (tokenBytes === undefined) return this.sink.refuse(index, WRONG_LENGTH);
    const bytes = Buffer.allocUnsafeSlow(tokenBytes);
    const fault = decodeStrictly(bytes, token, 0, tokenBytes)
      ? formFault(bytes, 0, tokenBytes)
      : WRONG_ALPHABET;
    if (fault !== undefined) return this.sink.refuse(index, fault);
    const mac = bytes.subarray(-MAC_BYTES);
    const message = bytes.subarray(0, -MAC_BYTES);
    const at = this.keys.findIndex(({ signing }) =>
      timingSafeEqual(createHmac('sha256', signing).update(message).digest(), mac),
    );
    const later = this.#faultAfterMac(bytes, 0, at);
    if (later !== undefined) return this.sink.refuse(index, later);
    const plain = decipherOf(this.keys[at]!).update(message.subarray(HEADER_BYTES));
    this.#hand(index, plain, BLOCK_BYTES, plain.length, this.keys[at]!);
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

/** Of a token at `at`. */
function ageFault(bytes: Buffer, at: number, age: AgeLimit): string | undefined {
  const mintedMs = (bytes.readUInt32BE(at + 1) * 2 ** 32 + bytes.readUInt32BE(at + 5)) * 1000;
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
