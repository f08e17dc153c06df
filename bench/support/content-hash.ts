import { hash } from 'node:crypto';

/**
 * A hash of many texts that does not depend on their order: the sum, modulo 2^64, of the first 8 bytes of each text's
 * SHA-256. Equal texts count as often as they come, so a doubled row changes it as a lost one does.
 */
export class ContentHash {
  #rows = 0;
  #high = 0;
  #low = 0;

  add(text: string): void {
    const digest = hash('sha256', text, 'hex');
    this.#rows += 1;
    this.#take(parseInt(digest.slice(0, 8), 16), parseInt(digest.slice(8, 16), 16));
  }

  addAll({ rows, sum }: Content): void {
    this.#rows += rows;
    this.#take(parseInt(sum.slice(0, 8), 16), parseInt(sum.slice(8), 16));
  }

  content(): Content {
    const hex = (n: number): string => n.toString(16).padStart(8, '0');
    return { rows: this.#rows, sum: hex(this.#high) + hex(this.#low) };
  }

  #take(high: number, low: number): void {
    this.#low += low;
    this.#high += high;
    if (this.#low >= 2 ** 32) {
      this.#low -= 2 ** 32;
      this.#high += 1;
    }
    this.#high %= 2 ** 32;
  }
}

export interface Content {
  readonly rows: number;
  /** 16 hex digits. */
  readonly sum: string;
}
