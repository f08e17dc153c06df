import type { Buffer } from 'node:buffer';
import { bytesOf, decodeStrictly } from './fernet-frame.js';

/** Characters that Node decodes at a time; what is left over at the end costs three times as much as all before it. */
const STEP_CHARS = 64;
const STEP_BYTES = (STEP_CHARS / 4) * 3;
const FILLERS = Array.from({ length: STEP_CHARS }, (_, count) => 'A'.repeat(count));

/** Tokens that stand one behind the other, decoded with one call: each is filled up to whole steps. */
export class TokenRun {
  /** Whether the tokens of the last `take` are decoded; if not, one of them is at fault, and each is to be looked at by itself. */
  decoded = false;
  readonly #starts: number[] = [];
  readonly #bytes: number[] = [];
  readonly #parts: string[] = [];

  /** Decodes into `memory`, from `roomAt` to its end, tokens of at most `tokenBytesMax`. */
  constructor(
    readonly memory: Buffer,
    readonly roomAt: number,
    readonly tokenBytesMax: number,
  ) {}

  /** Takes up the tokens from `from` on, as many as there is room for; how many, at least one. */
  take(tokens: readonly string[], from: number): number {
    const parts = this.#parts;
    this.#starts.length = 0;
    this.#bytes.length = 0;
    parts.length = 0;
    let at = this.roomAt;
    for (let index = from; index < tokens.length; index += 1) {
      const token = tokens[index]!;
      const tokenBytes = bytesOf(token);
      if (tokenBytes === undefined || tokenBytes > this.tokenBytesMax) break;
      const chars = Math.ceil((tokenBytes * 4) / 3);
      const steps = Math.ceil(chars / STEP_CHARS);
      if (at + steps * STEP_BYTES > this.memory.length) break;
      parts.push(
        chars === token.length ? token : token.slice(0, chars),
        FILLERS[steps * STEP_CHARS - chars]!,
      );
      this.#starts.push(at);
      this.#bytes.push(tokenBytes);
      at += steps * STEP_BYTES;
    }
    const text = parts.join('');
    const bytes = at - this.roomAt;
    this.decoded = bytes > 0 && decodeStrictly(this.memory, text, this.roomAt, bytes);
    return Math.max(1, this.#starts.length);
  }

  /** Where the bytes of the token at a place of the run start in the memory. */
  startOf(place: number): number {
    return this.#starts[place]!;
  }

  /** How many they are. */
  sizeOf(place: number): number {
    return this.#bytes[place]!;
  }
}
