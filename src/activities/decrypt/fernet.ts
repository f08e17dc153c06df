import { createDecipheriv, type Decipher } from 'node:crypto';
import { type FernetKey, type KeyRing, keysOf } from '../../dataset/fernet-keys.js';
import { BLOCK_BYTES, HEADER_BYTES, MAC_BYTES } from './fernet-layout.js';
import { MacCheck, macFrameBytes } from './fernet-mac.js';
import { TokenRun } from './fernet-run.js';

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
  /** Refused, with the rule that failed (never content). May come before `plain` of an earlier token. */
  refuse(index: number, detail: string): void;
}

/**
 * Decrypts `tokens` (base64url, padded or not) into `sink`. Never throws for a bad token. Every token's MAC is compared in
 * constant time before its plaintext is looked at.
 */
export function openTokens(ring: KeyRing, tokens: readonly string[], sink: TokenSink, age?: AgeLimit): void {
  const batch = new Batch(keysOf(ring), age, sink);
  for (let from = 0; from < tokens.length;) {
    const taken = shared.run.take(tokens, from);
    if (taken > 0) batch.open(shared, from, taken);
    else batch.open(workspaceFor(tokens[from]!), from, 1);
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

/** Memory for a run of tokens, and the check of their MACs. */
interface Workspace {
  readonly run: TokenRun;
  readonly macs: MacCheck;
}

function workspaceOf(roomBytes: number, tokenBytesMax: number): Workspace {
  const roomAt = macFrameBytes(tokenBytesMax);
  const memory = Buffer.allocUnsafeSlow(roomAt + roomBytes);
  return { run: new TokenRun(memory, roomAt, tokenBytesMax), macs: new MacCheck(memory) };
}

/** Small enough to stay in the processor's cache between the steps. */
const ROOM_BYTES = 64 * 1024;
/** Tokens up to this size are laid out in memory that every call uses again; larger ones get their own. */
const TOKEN_BYTES_MAX = 16 * 1024;
/** Used by one call at a time: nothing here waits. */
const shared = workspaceOf(ROOM_BYTES, TOKEN_BYTES_MAX);

function workspaceFor(token: string): Workspace {
  const own = workspaceOf(TokenRun.roomFor(token.length), token.length);
  own.run.take([token], 0);
  return own;
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
  open({ run, macs }: Workspace, from: number, count: number): void {
    const opened: number[] = [];
    const keyOf: number[] = [];
    let used = run.roomAt;
    // IV and ciphertext of those whose MAC is right, one behind the other: none is written over before it has moved.
    for (let place = 0; place < count; place += 1) {
      const fault = run.faultOf(place) ?? this.#authenticate(run, macs, place);
      if (fault !== undefined) {
        this.sink.refuse(from + place, fault);
        continue;
      }
      const start = run.startOf(place) + HEADER_BYTES;
      const end = run.endOf(place) - MAC_BYTES;
      run.memory.copyWithin(used, start, end);
      used += end - start;
      opened.push(place);
      keyOf.push(this.#likely);
    }
    if (opened.length > 0) this.#decrypt(run, from, opened, keyOf, used);
  }

  /** What is wrong with the token's MAC or age; else its key is the likely one from now on. */
  #authenticate(run: TokenRun, macs: MacCheck, place: number): string | undefined {
    const [start, end] = [run.startOf(place), run.endOf(place)];
    const key = macs.keyOf(start, end, this.keys, this.#likely);
    if (key < 0) return `MAC is right for none of ${this.keys.length} keys`;
    this.#likely = key;
    return this.age && ageFault(run.memory, start, this.age);
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
    for (let i = 0; i < places.length; i += 1) {
      const place = places[i]!;
      const key = this.keys[keyOf[i]!]!;
      // The IVs are decrypted, too, to noise that nobody reads.
      const plain = (plains[keyOf[i]!] ??= decipherOf(key).update(area));
      const start = at + BLOCK_BYTES;
      at += run.endOf(place) - run.startOf(place) - HEADER_BYTES - MAC_BYTES;
      const padding = paddingBefore(plain, at);
      if (padding === 0) this.sink.refuse(from + place, 'padding is wrong');
      else this.sink.plain(from + place, plain, start, at - padding, key.id);
    }
  }
}

const deciphers = new WeakMap<FernetKey, Decipher>();

/**
 * One cipher for each key, used for every call: in CBC a block needs only the block before it, and the first
 * block of each call is an IV, whose plaintext nobody reads.
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
