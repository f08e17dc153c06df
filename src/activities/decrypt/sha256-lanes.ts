import { Buffer } from 'node:buffer';
import { WasmFunction, wasmModule } from './wasm-code.js';

/**
 * SHA-256 (FIPS 180-4) of four messages at a time, one in each 32-bit lane of WebAssembly's vectors. No branch and no address
 * depends on what is hashed. Why there is one of our own: docs/decisions/0020-threads-and-templates.md.
 */
export interface Sha256Lanes {
  readonly memory: Buffer;
  /** The memory as words; of a state, word `i` of lane `l` stands at `4 * i + l` of the words from its address on. */
  readonly words: Int32Array;
  /**
   * Takes one block of each lane's message, from the addresses `a` to `d` (aligned or not), on to the state at `from` (one of the
   * addresses below); the result stands at `STATE`.
   */
  block(from: number, a: number, b: number, c: number, d: number): void;
  /** Hashes the 32 bytes of each lane's hash at `STATE`, as what follows the one block that made the state at `from`. */
  hashOfHash(from: number): void;
}

export const LANES = 4;
export const STATE_WORDS = 8;
export const BLOCK_BYTES = 64;
const WORD_BYTES = 4;
const BLOCK_WORDS = BLOCK_BYTES / WORD_BYTES;
/** The same word of all lanes. */
const LANES_BYTES = LANES * WORD_BYTES;
const STATE_BYTES = STATE_WORDS * LANES_BYTES;
const ROUNDS = 64;

/** Addresses of states. */
export const STATE = 0;
/** What a message starts from. */
export const INITIAL = STATE + STATE_BYTES;
/** For the user of the lanes, as is all memory from `FREE_AT` on. */
export const INNER = INITIAL + STATE_BYTES;
export const OUTER = INNER + STATE_BYTES;
/** The words of a block, one vector each. */
const WORDS = OUTER + STATE_BYTES;
const CONSTANTS = WORDS + BLOCK_WORDS * LANES_BYTES;
const CONSTANTS_END = CONSTANTS + ROUNDS * WORD_BYTES;
export const FREE_AT = CONSTANTS_END;
const PAGE_BYTES = 64 * 1024;

/** Lanes with so much memory for their user. */
export function createSha256Lanes(freeBytes: number): Sha256Lanes {
  const pages = Math.ceil((FREE_AT + freeBytes) / PAGE_BYTES);
  const code = wasmModule(pages, { compress: compress(), block: block(), hashOfHash: hashOfHash() });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { buffer } = exports.memory;
  const words = new Int32Array(buffer);
  const primes = firstPrimes(ROUNDS);
  for (let word = 0; word < STATE_WORDS; word += 1) {
    const at = INITIAL / WORD_BYTES + word * LANES;
    words.fill(fractionOf(Math.sqrt(primes[word]!)), at, at + LANES);
  }
  words.set(
    primes.map((prime) => fractionOf(Math.cbrt(prime))),
    CONSTANTS / WORD_BYTES,
  );
  return { memory: Buffer.from(buffer), words, block: exports.block, hashOfHash: exports.hashOfHash };
}

/** The compiler's types have WebAssembly for browsers alone. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => {
    readonly exports: Pick<Sha256Lanes, 'block' | 'hashOfHash'> & {
      readonly memory: { readonly buffer: ArrayBuffer };
    };
  };
};

/** The standard's constants are bits of their roots. */
function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n += 1) {
    if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  }
  return primes;
}

/** The first 32 bits behind the point. */
const fractionOf = (root: number): number => Math.floor((root % 1) * 2 ** 32) | 0;

const COMPRESS_INDEX = 0;
/** Parameters of `compress`: the address of the state, and of the constants. */
const FROM = 0;
const TABLE = 1;
/** Its vectors: the last sixteen words of the schedule, the eight working variables, and a sum. */
const word = (round: number): number => 2 + (round % BLOCK_WORDS);
const variable = (index: number): number => 2 + BLOCK_WORDS + (index % STATE_WORDS);
const SUM = 2 + BLOCK_WORDS + STATE_WORDS;

/** The words at `WORDS` on to the state at the first parameter. */
function compress(): WasmFunction {
  const code = new WasmFunction(2, BLOCK_WORDS + STATE_WORDS + 1);
  for (let i = 0; i < BLOCK_WORDS; i += 1)
    code
      .integer(WORDS + i * LANES_BYTES)
      .load(0)
      .set(word(i));
  for (let i = 0; i < STATE_WORDS; i += 1)
    code
      .get(FROM)
      .load(i * LANES_BYTES)
      .set(variable(i));
  // The constants of the rounds stand behind a base that moves on; `TABLE` is sixteen rounds behind it.
  for (let round = 0; round < BLOCK_WORDS; round += 1) oneRound(code, round, 0);
  code.repeat(TABLE, BLOCK_BYTES, CONSTANTS_END - BLOCK_BYTES, () => {
    for (let round = 0; round < BLOCK_WORDS; round += 1) {
      nextWord(code, round);
      oneRound(code, round, BLOCK_BYTES);
    }
  });
  for (let i = 0; i < STATE_WORDS; i += 1) {
    code
      .integer(STATE)
      .get(variable(i))
      .get(FROM)
      .load(i * LANES_BYTES);
    code.op('add').store(i * LANES_BYTES);
  }
  return code;
}

/** Writes the word of sixteen rounds later over this round's. */
function nextWord(code: WasmFunction, round: number): void {
  const [near, far] = [word(round + 14), word(round + 1)];
  rotated(code, near, 17);
  rotated(code, near, 19).op('xor');
  shifted(code, near, 10)
    .op('xor')
    .get(word(round + 9))
    .op('add');
  rotated(code, far, 7);
  rotated(code, far, 18).op('xor');
  shifted(code, far, 3).op('xor').op('add').get(word(round)).op('add').set(word(round));
}

function oneRound(code: WasmFunction, round: number, tableOffset: number): void {
  // The eight variables move on by one place a round: by name, not in fact. Sixteen rounds bring them back.
  const named = (index: number): number => variable(index + BLOCK_WORDS - round);
  const [a, b, c, d] = [named(0), named(1), named(2), named(3)];
  const [e, f, g, h] = [named(4), named(5), named(6), named(7)];
  code.get(h);
  rotatedThrice(code, e, [6, 11, 25]).op('add');
  code.get(f).get(g).get(e).op('choose').op('add');
  code.get(TABLE).loadSplat(tableOffset + round * WORD_BYTES);
  code.get(word(round)).op('add').op('add').set(SUM);
  code.get(d).get(SUM).op('add').set(d);
  code.get(SUM);
  rotatedThrice(code, a, [2, 13, 22]).op('add');
  // The majority: where the first two differ, the third decides.
  code.get(c).get(b).get(a).get(b).op('xor').op('choose').op('add').set(h);
}

const shifted = (code: WasmFunction, local: number, bits: number): WasmFunction =>
  code.get(local).integer(bits).op('shiftRight');

const rotated = (code: WasmFunction, local: number, bits: number): WasmFunction =>
  shifted(code, local, bits)
    .get(local)
    .integer(32 - bits)
    .op('shiftLeft')
    .op('or');

function rotatedThrice(
  code: WasmFunction,
  local: number,
  bits: readonly [number, number, number],
): WasmFunction {
  rotated(code, local, bits[0]);
  rotated(code, local, bits[1]).op('xor');
  return rotated(code, local, bits[2]).op('xor');
}

const WORDS_SWAPPED = [3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];
const LOW_WORDS = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const HIGH_WORDS = [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31];
const LOW_PAIRS = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_PAIRS = [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31];

/** Parameters: the address of the state, and of each lane's block. Four words of each message at a time become one lane of four vectors. */
function block(): WasmFunction {
  const params = 1 + LANES;
  const row = (lane: number): number => params + lane;
  const half = (index: number): number => params + LANES + index;
  const code = new WasmFunction(params, 2 * LANES);
  for (let at = 0; at < BLOCK_WORDS; at += LANES) {
    for (let lane = 0; lane < LANES; lane += 1) {
      // The standard's words are big-endian.
      code
        .get(1 + lane)
        .load(at * WORD_BYTES)
        .tee(row(lane))
        .get(row(lane))
        .shuffle(WORDS_SWAPPED)
        .set(row(lane));
    }
    code.get(row(0)).get(row(1)).shuffle(LOW_WORDS).set(half(0));
    code.get(row(2)).get(row(3)).shuffle(LOW_WORDS).set(half(1));
    code.get(row(0)).get(row(1)).shuffle(HIGH_WORDS).set(half(2));
    code.get(row(2)).get(row(3)).shuffle(HIGH_WORDS).set(half(3));
    for (let i = 0; i < LANES; i += 1) {
      const from = i < 2 ? 0 : 2;
      code.integer(WORDS + (at + i) * LANES_BYTES);
      code
        .get(half(from))
        .get(half(from + 1))
        .shuffle(i % 2 === 0 ? LOW_PAIRS : HIGH_PAIRS)
        .store(0);
    }
  }
  return code.get(FROM).integer(CONSTANTS).call(COMPRESS_INDEX);
}

/** The hashes are words already; behind them comes the padding of a message of one block and a hash. */
function hashOfHash(): WasmFunction {
  const code = new WasmFunction(1, 0);
  const bits = (BLOCK_WORDS + STATE_WORDS) * WORD_BYTES * 8;
  for (let i = 0; i < BLOCK_WORDS; i += 1) {
    code.integer(WORDS + i * LANES_BYTES);
    if (i < STATE_WORDS) code.integer(STATE + i * LANES_BYTES).load(0);
    else code.splat(i === STATE_WORDS ? 0x80000000 : i === BLOCK_WORDS - 1 ? bits : 0);
    code.store(0);
  }
  return code.get(FROM).integer(CONSTANTS).call(COMPRESS_INDEX);
}
