import type { Buffer } from 'node:buffer';
import {
  bytesOf,
  decodeStrictly,
  formFault,
  plainSpelling,
  WRONG_ALPHABET,
  WRONG_LENGTH,
} from './fernet-layout.js';

/** Characters that Node decodes at a time; what is left over at the end costs three times as much as all before it. */
const STEP_CHARS = 64;
const STEP_BYTES = (STEP_CHARS / 4) * 3;
const FILLERS = Array.from({ length: STEP_CHARS }, (_, missing) => 'A'.repeat(missing));

/** Tokens that stand one behind the other, decoded with one call: each is filled up to whole steps. */
export class TokenRun {
  readonly #starts: number[] = [];
  readonly #bytes: number[] = [];
  readonly #faults: (string | undefined)[] = [];
  readonly #parts: string[] = [];
  /** Some token of the run is not plain base64url; it may be right in another spelling. */
  #isMisspelt = false;

  /** Decodes tokens of at most `tokenBytesMax` into `memory`, from `roomAt` to its end. */
  constructor(
    readonly memory: Buffer,
    readonly roomAt: number,
    readonly tokenBytesMax: number,
  ) {}

  /** Bytes that a token of so many characters takes up. */
  static roomFor(characters: number): number {
    return Math.ceil(characters / STEP_CHARS) * STEP_BYTES;
  }

  /**
   * Takes tokens from position `from` on while there is room; returns how many. 0: the first one is larger
   * than `tokenBytesMax`.
   */
  take(tokens: readonly string[], from: number): number {
    const taken = this.#fill(tokens, from);
    if (!this.#isMisspelt) return taken;
    const places = tokens.slice(from, from + taken);
    const plain = places.map(plainSpelling);
    return plain.every((token, i) => token === places[i]) ? taken : this.#fill(plain, 0);
  }

  #fill(tokens: readonly string[], from: number): number {
    this.#isMisspelt = false;
    this.#starts.length = 0;
    this.#bytes.length = 0;
    this.#faults.length = 0;
    this.#parts.length = 0;
    let at = this.roomAt;
    let next = from;
    for (; next < tokens.length; next += 1) {
      const token = tokens[next]!;
      const tokenBytes = bytesOf(token);
      if (tokenBytes !== undefined && tokenBytes > this.tokenBytesMax) break;
      const steps = tokenBytes === undefined ? 0 : this.#place(token, tokenBytes, at);
      if (steps < 0) break;
      this.#starts.push(at);
      this.#bytes.push(tokenBytes ?? 0);
      this.#faults.push(tokenBytes === undefined ? WRONG_LENGTH : undefined);
      if (tokenBytes === undefined) this.#isMisspelt = true;
      at += steps * STEP_BYTES;
    }
    if (!decodeStrictly(this.memory, this.#parts.join(''), this.roomAt, at - this.roomAt))
      this.#decodeEach(tokens, from);
    this.#lookAtForms();
    return next - from;
  }

  /** How many steps a token takes up at `at`; -1 where there is no room. */
  #place(token: string, tokenBytes: number, at: number): number {
    const chars = Math.ceil((tokenBytes * 4) / 3);
    const steps = Math.ceil(chars / STEP_CHARS);
    if (at + steps * STEP_BYTES > this.memory.length) return -1;
    const missing = steps * STEP_CHARS - chars;
    this.#parts.push(chars === token.length ? token : token.slice(0, chars), FILLERS[missing]!);
    return steps;
  }

  /** Decodes each token by itself, to find the faulty one. */
  #decodeEach(tokens: readonly string[], from: number): void {
    for (let place = 0; place < this.#starts.length; place += 1) {
      const bytes = this.#bytes[place]!;
      // Without its padding, which is right by now.
      const text = tokens[from + place]!.slice(0, Math.ceil((bytes * 4) / 3));
      if (!decodeStrictly(this.memory, text, this.#starts[place]!, bytes))
        this.#faults[place] ??= WRONG_ALPHABET;
    }
    this.#isMisspelt = true;
  }

  #lookAtForms(): void {
    for (let place = 0; place < this.#starts.length; place += 1) {
      this.#faults[place] ??= formFault(this.memory, this.#starts[place]!, this.#bytes[place]!);
    }
  }

  /** What is wrong with the form of the token at a place of the run. */
  faultOf(place: number): string | undefined {
    return this.#faults[place];
  }

  /** Where its bytes start in the memory. */
  startOf(place: number): number {
    return this.#starts[place]!;
  }

  /** Where they end. */
  endOf(place: number): number {
    return this.#starts[place]! + this.#bytes[place]!;
  }
}
