import { MAC_BYTES } from './fernet-layout.js';
import type { FernetKey } from '../../dataset/fernet-keys.js';
import { TokenRun } from './fernet-run.js';
import {
  BLOCK_BYTES,
  createSha256Lanes,
  FREE_AT,
  INITIAL,
  INNER,
  LANES,
  OUTER,
  type Sha256Lanes,
  STATE,
  STATE_WORDS,
} from './sha256-lanes.js';

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const STATE_LANES = LANES * STATE_WORDS;
/** Memory that the lanes keep for this. */
const RUN_AT = FREE_AT + BLOCK_BYTES;
/** Small enough to stay in the processor's cache between the steps. */
const RUN_BYTES = 64 * 1024;
/** Tokens up to this size are laid out in memory that every call uses again; larger ones get their own. */
const RUN_TOKEN_BYTES = 16 * 1024;
const RUN_TOKENS = 1_024;

/** A run of tokens, and the check of their MACs. */
export interface CheckedRun {
  readonly run: TokenRun;
  readonly macs: MacCheck;
}

/** Throws RangeError where WebAssembly gets no memory. */
export function createCheckedRun(): CheckedRun {
  const lanes = createSha256Lanes(RUN_AT - FREE_AT + RUN_BYTES);
  const memory = lanes.memory.subarray(0, RUN_AT + RUN_BYTES);
  const run = new TokenRun(memory, RUN_AT, RUN_TOKEN_BYTES, RUN_TOKENS);
  return { run, macs: new MacCheck(lanes, run) };
}

/**
 * The MACs (HMAC-SHA256, RFC 2104) of a run of tokens, four at a time, compared in constant time. A token's MAC is overwritten by the
 * padding of what it is made of.
 */
export class MacCheck {
  /** Words of each place's MAC. */
  readonly #macs: Int32Array;
  /** Places that wait for three others of as many blocks, by that number. */
  readonly #waiting: number[][] = [];
  readonly #starts = new WeakMap<FernetKey, Int32Array>();
  #key: FernetKey | undefined;
  readonly #view: DataView;

  constructor(
    readonly lanes: Sha256Lanes,
    readonly run: TokenRun,
  ) {
    this.#macs = new Int32Array(run.placesMax * STATE_WORDS);
    const { buffer, byteOffset, byteLength } = lanes.memory;
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  /** Keeps the token's MAC and pads what it is made of, once for all keys. */
  prepare(place: number): void {
    const start = this.run.startOf(place);
    const messageBytes = this.run.sizeOf(place) - MAC_BYTES;
    const end = start + messageBytes;
    for (let word = 0; word < STATE_WORDS; word += 1) {
      this.#macs[place * STATE_WORDS + word] = this.#view.getInt32(end + word * 4);
    }
    const paddedEnd = start + this.run.hashBlocksOf(place) * BLOCK_BYTES;
    const { memory } = this.lanes;
    memory[end] = 0x80;
    for (let at = end + 1; at < paddedEnd - 4; at += 1) memory[at] = 0;
    this.#view.setInt32(paddedEnd - 4, (BLOCK_BYTES + messageBytes) * 8);
  }

  /** Of prepared places, in any order: `right` is told of each whose MAC this key makes. */
  check(places: readonly number[], key: FernetKey, right: (place: number) => void): void {
    this.#use(key);
    for (const place of places) {
      const blocks = this.run.hashBlocksOf(place);
      const waiting = (this.#waiting[blocks] ??= []);
      if (waiting.push(place) === LANES) this.#hash(waiting, blocks, right);
    }
    for (const [blocks, waiting] of this.#waiting.entries()) {
      if (waiting !== undefined && waiting.length > 0) this.#hash(waiting, blocks, right);
    }
  }

  #hash(places: number[], blocks: number, right: (place: number) => void): void {
    const { run, lanes } = this;
    const a = run.startOf(places[0]!);
    // Lanes without a token do the first one's once more.
    const b = places.length > 1 ? run.startOf(places[1]!) : a;
    const c = places.length > 2 ? run.startOf(places[2]!) : a;
    const d = places.length > 3 ? run.startOf(places[3]!) : a;
    lanes.block(INNER, a, b, c, d);
    for (let at = BLOCK_BYTES; at < blocks * BLOCK_BYTES; at += BLOCK_BYTES) {
      lanes.block(STATE, a + at, b + at, c + at, d + at);
    }
    lanes.hashOfHash(OUTER);
    for (let lane = 0; lane < places.length; lane += 1)
      if (this.#isRight(lane, places[lane]!)) right(places[lane]!);
    places.length = 0;
  }

  /** All of its words are looked at, whatever the first ones say. */
  #isRight(lane: number, place: number): boolean {
    let difference = 0;
    for (let word = 0; word < STATE_WORDS; word += 1) {
      difference |= this.lanes.words[word * LANES + lane]! ^ this.#macs[place * STATE_WORDS + word]!;
    }
    return difference === 0;
  }

  /** Puts the key's two states in place: the pads are a block each, and the same for all its messages. */
  #use(key: FernetKey): void {
    if (this.#key === key) return;
    let states = this.#starts.get(key);
    if (!states) {
      states = new Int32Array(2 * STATE_LANES);
      states.set(this.#afterPad(key, INNER_PAD), 0);
      states.set(this.#afterPad(key, OUTER_PAD), STATE_LANES);
      this.#starts.set(key, states);
    }
    // INNER and OUTER stand one behind the other.
    this.lanes.words.set(states, INNER / 4);
    this.#key = key;
  }

  #afterPad({ signing }: FernetKey, mask: number): Int32Array {
    const { memory, words } = this.lanes;
    for (let i = 0; i < BLOCK_BYTES; i += 1) memory[FREE_AT + i] = (signing[i] ?? 0) ^ mask;
    this.lanes.block(INITIAL, FREE_AT, FREE_AT, FREE_AT, FREE_AT);
    memory.fill(0, FREE_AT, FREE_AT + BLOCK_BYTES);
    return words.subarray(STATE / 4, STATE / 4 + STATE_LANES);
  }
}
