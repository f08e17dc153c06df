import { Buffer } from 'node:buffer';

/**
 * `buffer.write` for one encoding each, without its dispatch on the encoding's name, which costs a third of the write of a
 * short text. Node has these methods on every Buffer and does not document them; where one is gone, `write` does the same.
 */
type Write = (buffer: Buffer, text: string, at: number, bytesMax: number) => number;
interface Direct {
  base64urlWrite(text: string, at: number, bytesMax: number): number;
  latin1Write(text: string, at: number, bytesMax: number): number;
}

const has = (method: keyof Direct): boolean =>
  typeof (Buffer.prototype as unknown as Partial<Direct>)[method] === 'function';

// Written out twice: two functions made by one factory would share what the compiler learns of them, and not
// be inlined.
/** Writes at most `bytesMax` bytes at `at`; how many were written. */
export const writeBase64Url: Write = has('base64urlWrite')
  ? (buffer, text, at, bytesMax) => (buffer as unknown as Direct).base64urlWrite(text, at, bytesMax)
  : (buffer, text, at, bytesMax) => buffer.write(text, at, bytesMax, 'base64url');
export const writeLatin1: Write = has('latin1Write')
  ? (buffer, text, at, bytesMax) => (buffer as unknown as Direct).latin1Write(text, at, bytesMax)
  : (buffer, text, at, bytesMax) => buffer.write(text, at, bytesMax, 'latin1');
