import type { Buffer } from 'node:buffer';
import { NINE, ZERO } from '../bytes/ascii.js';
import { isCanonicalTime, isRealTime } from './instant.js';

/** `2022-12-05T12:14:00.179Z` */
export const TIME_BYTES = 24;
const DATE_BYTES = 10;
const [T, Z, DASH, DOT, COLON, TWO] = [0x54, 0x5a, 0x2d, 0x2e, 0x3a, 0x32];

/** Reads canonical times of this century from bytes; the date is worked out once for all that share it. */
export class TimeReader {
  /** Of the last time read: ms since 1970. */
  epochMs = 0;
  readonly #date = new Uint8Array(DATE_BYTES);
  #dayMs = 0;

  /** False for what is no such time, or never was. */
  read(bytes: Buffer, at: number): boolean {
    if (!this.#isDate(bytes, at)) return false;
    const hour = two(bytes, at + 11);
    const minute = two(bytes, at + 14);
    const second = two(bytes, at + 17);
    const ms = digit(bytes[at + 20]!) * 100 + two(bytes, at + 21);
    if (!(hour < 24 && minute < 60 && second < 60 && ms < 1_000)) return false;
    if (bytes[at + 10] !== T || bytes[at + 13] !== COLON || bytes[at + 16] !== COLON) return false;
    if (bytes[at + 19] !== DOT || bytes[at + 23] !== Z) return false;
    this.epochMs = this.#dayMs + ((hour * 60 + minute) * 60 + second) * 1_000 + ms;
    return true;
  }

  #isDate(bytes: Buffer, at: number): boolean {
    const date = this.#date;
    for (let i = 0; i < DATE_BYTES; i += 1) if (bytes[at + i] !== date[i]) return this.#learn(bytes, at);
    return true;
  }

  #learn(bytes: Buffer, at: number): boolean {
    if (bytes[at] !== TWO || bytes[at + 1] !== ZERO || bytes[at + 4] !== DASH) return false;
    const midnight = `${bytes.toString('latin1', at, at + DATE_BYTES)}T00:00:00.000Z`;
    if (!isCanonicalTime(midnight) || !isRealTime(midnight)) return false;
    this.#date.set(bytes.subarray(at, at + DATE_BYTES));
    this.#dayMs = Date.parse(midnight);
    return true;
  }
}

/** Writes the compact form of the time at `at` (compaction.ts) to `to`; the offset behind it. */
export function writeTimeCode(bytes: Buffer, at: number, out: Buffer, to: number): number {
  let end = to;
  // What is left out are the century and the punctuation.
  for (let i = 2; i < TIME_BYTES - 1; i += 1) {
    const code = bytes[at + i]!;
    if (code < ZERO || code > NINE) continue;
    out[end] = code;
    end += 1;
  }
  return end;
}

/** NaN for what is no digit. */
const digit = (code: number): number => (code >= ZERO && code <= NINE ? code - ZERO : NaN);
const two = (bytes: Buffer, at: number): number => digit(bytes[at]!) * 10 + digit(bytes[at + 1]!);
