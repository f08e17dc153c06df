import { readFileSync } from 'node:fs';
import { createKeyRing } from '../dataset/fernet-keys.js';
import { FernlakeError } from '../errors.js';
import { list } from './values.js';

/** Keys as given, or the file that is read again whenever it changed; `none` where the sample's published one serves. */
export type KeySource =
  | { readonly kind: 'given'; readonly keys: readonly string[] }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'none' };

/** Comma-separated. Throws FernlakeError `Configuration` for what is no key. */
export function keysGiven(text: string): KeySource {
  const keys = list(text);
  createKeyRing(keys);
  return { kind: 'given', keys };
}

/** The file is read once to see that it can be. Throws FernlakeError `Configuration`. */
export function keysInFile(path: string): KeySource {
  createKeyRing(readKeyFile(path));
  return { kind: 'file', path };
}

/** One key a line or comma-separated. Throws FernlakeError `Configuration`. */
export function readKeyFile(file: string): string[] {
  try {
    return list(readFileSync(file, 'utf8').replaceAll(/[\r\n]+/g, ','));
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    throw new FernlakeError('Configuration', 'terminal', `the key file ${file} cannot be read (${code})`);
  }
}
