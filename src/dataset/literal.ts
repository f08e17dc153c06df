import { isAscii, isUtf8 } from 'node:buffer';
import { LIMITS } from '../limits.js';
import { LiteralScanner } from './literal-scanner.js';
import type { ScanResult } from './literal-types.js';
import type { Declaration } from './declaration.js';

export type { Field, LiteralType, ScanResult } from './literal-types.js';

type Format = Declaration['record']['format'];

/**
 * Reads a plaintext: the `repr` of a Python dict, or a JSON object. Nothing is evaluated, and no JS object is built
 * (those move integer-like keys to the front and round numbers): each value is copied into minified JSON text.
 *
 * Dialect, where none is declared: text that is valid JSON is read as JSON, everything else as a Python literal. Both read `{"it's": 1}` alike;
 * where they differ (`"\/"`, `"\ud83d\ude00"`), only a JSON writer would have written what is valid JSON.
 *
 * What Python's `ast.literal_eval` takes and we do not: names and operators that stand for numbers, adjacent strings,
 * prefixes, triple quotes, comments, parentheses, form feeds and line continuations between tokens.
 */
export function readLiteral(plaintext: Buffer, format: Format = 'auto'): ScanResult {
  if (plaintext.length > LIMITS.recordBytesMax) {
    return refusal('too-large', `the plaintext has ${plaintext.length} bytes, over ${LIMITS.recordBytesMax}`);
  }
  if (isAscii(plaintext)) return readLiteralText(plaintext.toString('latin1'), format);
  if (!isUtf8(plaintext)) return refusal('not-a-record', 'the plaintext is not UTF-8');
  return readLiteralText(plaintext.toString('utf8'), format);
}

/** The same for text. */
export function readLiteralText(text: string, format: Format = 'auto'): ScanResult {
  if (format !== 'auto') return new LiteralScanner(text, format).scan();
  // The real source begins so, and no JSON object does: this saves the attempt at JSON.
  if (text.startsWith("{'")) return new LiteralScanner(text, 'python').scan();
  return readJsonText(text) ?? new LiteralScanner(text, 'python').scan();
}

/** undefined when the text is not JSON, or no object. */
export function readJsonText(text: string): ScanResult | undefined {
  const result = new LiteralScanner(text, 'json').scan();
  return !result.ok && result.reason === 'not-a-record' ? undefined : result;
}

function refusal(reason: 'too-large' | 'not-a-record', detail: string): ScanResult {
  return { ok: false, reason, detail, fields: [] };
}
