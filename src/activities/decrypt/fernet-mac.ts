import { Buffer } from 'node:buffer';
import { hash, timingSafeEqual } from 'node:crypto';
import { writeLatin1 } from '../../bytes/buffer-write.js';
import { BLOCK_BYTES, MAC_BYTES } from './fernet-layout.js';
import type { FernetKey } from '../../dataset/fernet-keys.js';

/** SHA-256's block, which each of HMAC's two pads fills. */
const HASH_BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** Memory at the start of a buffer that the check of tokens of that size uses. */
export const macFrameBytes = (tokenBytesMax: number): number => HASH_BLOCK_BYTES + tokenBytesMax;

interface Pads {
  readonly inner: Buffer;
  /** The outer pad, and room for the inner hash behind it. */
  readonly outerMessage: Buffer;
}

interface Views {
  /** The inner pad and all of the token but its MAC. */
  readonly message: Buffer;
  readonly mac: Buffer;
}

/**
 * HMAC-SHA256 (RFC 2104) as two calls of `crypto.hash`, which cost a third of `createHmac` and its stream object. Tokens are
 * moved behind the pad at the start of the memory one after the other, so that views are made once for each length.
 */
export class MacCheck {
  readonly #views: Views[] = [];
  readonly #pads = new WeakMap<FernetKey, Pads>();
  readonly #computed = Buffer.allocUnsafeSlow(MAC_BYTES);
  #padded: FernetKey | undefined;

  /** Of tokens in this memory, behind the `macFrameBytes` that are for the check. */
  constructor(private readonly memory: Buffer) {}

  /**
   * The key whose MAC the token from `start` to `end` has, as a position in `keys`; -1 for none. They are tried in turn, the
   * one at `likely` first, and compared in constant time.
   */
  keyOf(start: number, end: number, keys: readonly FernetKey[], likely: number): number {
    this.memory.copyWithin(HASH_BLOCK_BYTES, start, end);
    const { message, mac } = this.#viewsOf(end - start);
    for (let tried = 0; tried < keys.length; tried += 1) {
      const at = (likely + tried) % keys.length;
      const { outerMessage } = this.#use(keys[at]!);
      writeLatin1(outerMessage, hash('sha256', message, 'binary'), HASH_BLOCK_BYTES, MAC_BYTES);
      writeLatin1(this.#computed, hash('sha256', outerMessage, 'binary'), 0, MAC_BYTES);
      if (timingSafeEqual(this.#computed, mac)) return at;
    }
    return -1;
  }

  /** Whole tokens differ in whole blocks of the cipher. */
  #viewsOf(tokenBytes: number): Views {
    const blocks = Math.floor(tokenBytes / BLOCK_BYTES);
    let views = this.#views[blocks];
    if (!views) {
      const end = HASH_BLOCK_BYTES + tokenBytes;
      const message = this.memory.subarray(0, end - MAC_BYTES);
      this.#views[blocks] = views = { message, mac: this.memory.subarray(end - MAC_BYTES, end) };
    }
    return views;
  }

  /** Puts the key's inner pad in front of the message. */
  #use(key: FernetKey): Pads {
    let pads = this.#pads.get(key);
    if (!pads) {
      const outerMessage = Buffer.concat([padOf(key, OUTER_PAD), Buffer.alloc(MAC_BYTES)]);
      this.#pads.set(key, (pads = { inner: padOf(key, INNER_PAD), outerMessage }));
    }
    if (this.#padded !== key) this.memory.set(pads.inner, 0);
    this.#padded = key;
    return pads;
  }
}

const padOf = ({ signing }: FernetKey, mask: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: HASH_BLOCK_BYTES }, (_, i) => (signing[i] ?? 0) ^ mask));
