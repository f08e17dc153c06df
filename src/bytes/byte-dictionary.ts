import { Buffer } from 'node:buffer';

/** Codes by text, looked up by the text's bytes: no string has to be made to find one. ASCII texts only; others are not found. */
export class ByteDictionary {
  readonly #texts: readonly Buffer[];
  readonly #codes: readonly Buffer[];
  /** Open addressing: position + 1 in the two lists, 0 where nothing is. */
  readonly #table: Uint32Array;
  readonly #mask: number;

  constructor(codes: ReadonlyMap<string, string>) {
    // eslint-disable-next-line no-control-regex -- all of ASCII is meant
    const all = [...codes].filter(([text]) => /^[\x00-\x7f]*$/.test(text));
    this.#texts = all.map(([text]) => Buffer.from(text, 'latin1'));
    this.#codes = all.map(([, code]) => Buffer.from(code, 'latin1'));
    let size = 16;
    while (size < all.length * 2) size *= 2;
    this.#table = new Uint32Array(size);
    this.#mask = size - 1;
    this.#texts.forEach((text, i) => {
      let at = hashOf(text, 0, text.length) & this.#mask;
      while (this.#table[at] !== 0) at = (at + 1) & this.#mask;
      this.#table[at] = i + 1;
    });
  }

  /** The code of the text from `from` to `end`; undefined for one that has none. */
  codeOf(bytes: Buffer, from: number, end: number): Buffer | undefined {
    for (let at = hashOf(bytes, from, end) & this.#mask; ; at = (at + 1) & this.#mask) {
      const found = this.#table[at]!;
      if (found === 0) return undefined;
      if (isSame(this.#texts[found - 1]!, bytes, from, end)) return this.#codes[found - 1];
    }
  }
}

function hashOf(bytes: Buffer, from: number, end: number): number {
  let hash = end - from;
  for (let at = from; at < end; at += 1) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  return hash ^ (hash >>> 15);
}

function isSame(text: Buffer, bytes: Buffer, from: number, end: number): boolean {
  if (text.length !== end - from) return false;
  for (let i = 0; i < text.length; i += 1) if (text[i] !== bytes[from + i]) return false;
  return true;
}
