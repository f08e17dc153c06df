import { Buffer } from 'node:buffer';

/**
 * `buffer.write` for one encoding each, without its dispatch on the encoding's name, which costs a third of the write of a
 * short text. Node has these methods on every Buffer and does not document them; where one is gone, `write` does the same.
 */
type Write = (buffer: Buffer, text: string, at: number, bytesMax: number) => number;
type Method = (this: Buffer, text: string, at: number, bytesMax: number) => number;

/** Writes at most `bytesMax` bytes at `at`; how many were written. */
export const writeBase64Url = writer('base64url');
export const writeLatin1 = writer('latin1');

function writer(encoding: 'base64url' | 'latin1'): Write {
  const method = (Buffer.prototype as unknown as Record<string, unknown>)[`${encoding}Write`];
  if (typeof method !== 'function') {
    return (buffer, text, at, bytesMax) => buffer.write(text, at, bytesMax, encoding);
  }
  const direct = method as Method;
  return (buffer, text, at, bytesMax) => direct.call(buffer, text, at, bytesMax);
}
