/**
 * The few instructions and sections of WebAssembly that the domain's own code wants, written as bytes:
 * https://webassembly.github.io/spec/core/binary/index.html. What begins with 0xfd are its 128-bit vectors.
 */

const VECTOR = 0x7b;
const INTEGER = 0x7f;
const NOTHING = 0x40;
const END = 0x0b;

/** Vectors' instructions with no operand of their own: they take what is on the stack. */
const VECTOR_OPS = { xor: 81, or: 80, choose: 82, shiftLeft: 171, shiftRight: 173, add: 174 } as const;

/** One function's instructions. It takes 32-bit integers as its first locals, has vectors as all others, and returns nothing. */
export class WasmFunction {
  readonly #code: number[] = [];

  constructor(
    readonly params: number,
    readonly vectors: number,
  ) {}

  get(local: number): this {
    return this.#with(0x20, local);
  }

  set(local: number): this {
    return this.#with(0x21, local);
  }

  tee(local: number): this {
    return this.#with(0x22, local);
  }

  call(index: number): this {
    return this.#with(0x10, index);
  }

  integer(value: number): this {
    this.#code.push(0x41);
    pushSigned(this.#code, value);
    return this;
  }

  /** Sixteen bytes from the address on the stack, of any alignment. */
  load(offset: number): this {
    return this.#vector(0).#with(0, offset);
  }

  /** Four of them, into each of the four lanes. */
  loadSplat(offset: number): this {
    return this.#vector(9).#with(0, offset);
  }

  store(offset: number): this {
    return this.#vector(11).#with(0, offset);
  }

  /** The same 32 bits in each lane. */
  splat(value: number): this {
    this.#vector(12);
    for (let lane = 0; lane < 4; lane += 1) {
      for (let shift = 0; shift < 32; shift += 8) this.#code.push((value >>> shift) & 255);
    }
    return this;
  }

  /** Sixteen bytes of the two vectors on the stack, by their positions in the thirty-two of both. */
  shuffle(positions: readonly number[]): this {
    this.#vector(13).#code.push(...positions);
    return this;
  }

  /** Of vectors on the stack. `choose`: the bits of the first where the third has ones, else those of the second. */
  op(op: keyof typeof VECTOR_OPS): this {
    return this.#vector(VECTOR_OPS[op]);
  }

  /** Does `body` until the integer in `local`, which grows by `step` behind it, is `end`. */
  repeat(local: number, step: number, end: number, body: () => void): void {
    this.#code.push(0x03, NOTHING);
    body();
    this.get(local).integer(step).#code.push(0x6a);
    this.tee(local).integer(end).#code.push(0x47, 0x0d, 0, END);
  }

  #with(opcode: number, operand: number): this {
    this.#code.push(opcode);
    pushUnsigned(this.#code, operand);
    return this;
  }

  #vector(opcode: number): this {
    return this.#with(0xfd, opcode);
  }

  /** As a module has it. */
  body(): number[] {
    const body = [1, ...unsigned(this.vectors), VECTOR];
    return [...unsigned(body.length + this.#code.length + 1), ...body, ...this.#code, END];
  }
}

/** A module that exports `memory`, of so many pages of 64 KiB, and the functions by their names; `call` knows them by their order. */
export function wasmModule(pages: number, functions: Readonly<Record<string, WasmFunction>>): Uint8Array {
  const all = Object.values(functions);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      all.map(({ params }) => [0x60, params, ...new Array<number>(params).fill(INTEGER), 0]),
    ),
    ...section(
      3,
      all.map((_, index) => [index]),
    ),
    ...section(5, [[1, pages, pages]]),
    ...section(7, [
      [...text('memory'), 2, 0],
      ...Object.keys(functions).map((name, index) => [...text(name), 0, index]),
    ]),
    ...section(
      10,
      all.map((each) => each.body()),
    ),
  ]);
}

function section(id: number, entries: readonly number[][]): number[] {
  const body = [entries.length, ...entries.flat()];
  return [id, ...unsigned(body.length), ...body];
}

const text = (ascii: string): number[] => [ascii.length, ...Array.from(ascii, (char) => char.charCodeAt(0))];

/** LEB128. */
function pushUnsigned(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
}

function pushSigned(bytes: number[], value: number): void {
  let rest = value;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest & 127);
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}
