import { hash } from 'node:crypto';
import { FernlakeError } from '../errors.js';

/**
 * Fernet keys, newest first. The object itself shows only ids, so that it can be logged or thrown about without
 * harm; `keysOf` gives the secrets to the cipher code, and to nobody else.
 */
export interface KeyRing {
  /** The first 8 hex digits of the SHA-256 of each key's 32 raw bytes, so that padding makes no other id. */
  readonly keyIds: readonly string[];
}

/** A key as the cipher wants it: https://github.com/fernet/spec/blob/master/Spec.md#key-format */
export interface FernetKey {
  readonly id: string;
  /** The second half of the key, for AES-128-CBC. */
  readonly encryption: Buffer;
  /** The first half, for HMAC-SHA256. */
  readonly signing: Buffer;
}

/** Stands in ledgers for a key's id with records that came in the clear. No key has it: an id is hex digits. */
export const NO_KEY = 'none';

const KEY_FORM = /^[A-Za-z0-9_-]{43}=?$/;

const secrets = new WeakMap<
  KeyRing,
  { readonly keys: readonly FernetKey[]; readonly texts: readonly string[] }
>();

/**
 * `keys` are base64url text of 32 bytes, padded or not, newest first.
 * Throws FernlakeError `Configuration` that names the position (1 is the first) of a malformed key, never the key.
 */
export function createKeyRing(keys: readonly string[]): KeyRing {
  if (keys.length === 0) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      'no Fernet key given: set FERNET_KEYS or FERNET_KEYS_FILE',
    );
  }
  const parsed = keys.map((text, index) => parseKey(text, `${index + 1} of ${keys.length}`));
  const ring: KeyRing = Object.freeze({ keyIds: Object.freeze(parsed.map((key) => key.id)) });
  secrets.set(ring, { keys: parsed, texts: [...keys] });
  return ring;
}

/** Of who has no key: it opens nothing. */
export function noKeys(): KeyRing {
  const ring: KeyRing = Object.freeze({ keyIds: Object.freeze([]) });
  secrets.set(ring, { keys: [], texts: [] });
  return ring;
}

/** One key given as text. `position` is how an error names it. */
export function parseKey(text: string, position = '1 of 1'): FernetKey {
  if (!KEY_FORM.test(text)) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `Fernet key ${position} is malformed (${faultOf(text)}): a key is 32 bytes as base64url, 43 characters of ` +
        'A-Z a-z 0-9 - _ and at most one = after them',
      { details: { position } },
    );
  }
  const raw = Buffer.from(text, 'base64url');
  return {
    id: hash('sha256', raw, 'hex').slice(0, 8),
    encryption: raw.subarray(16),
    signing: raw.subarray(0, 16),
  };
}

/** For fernet.ts alone. */
export const keysOf = (ring: KeyRing): readonly FernetKey[] => secretsOf(ring).keys;

/** For threads/ alone: what `createKeyRing` was given, so that another thread of the process can make the same ring. */
export const keyTextsOf = (ring: KeyRing): readonly string[] => secretsOf(ring).texts;

function secretsOf(ring: KeyRing) {
  const found = secrets.get(ring);
  if (!found) throw new FernlakeError('Bug', 'terminal', 'the key ring was not made by createKeyRing');
  return found;
}

function faultOf(text: string): string {
  if (text === '') return 'it is empty';
  if (/\s/.test(text)) return 'it holds white space';
  if (/[+/]/.test(text)) return 'it holds + or /, which base64url writes - and _';
  return /^[A-Za-z0-9_-]*={0,2}$/.test(text)
    ? `it has ${text.length} characters`
    : 'it holds other characters';
}
