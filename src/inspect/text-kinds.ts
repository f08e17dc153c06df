import { Buffer } from 'node:buffer';
import { bytesOf, formFault, plainSpelling } from '../activities/decrypt/fernet-layout.js';

/** How Fernet tokens of this century begin: version 0x80, and the first bytes of a time in seconds. */
export const looksLikeToken = (value: unknown): boolean =>
  typeof value === 'string' && /^\s*gAAAA[\w+/-]/.test(value);

/** A text that stands where a token should, and does not open. */
export interface TokenKind {
  /** Behind "1 is" and "100 are". */
  readonly says: string;
  readonly mend: string;
}

const SEND_TOKENS = 'have the API send Fernet tokens: this version of fernlake reads nothing else';
const AS_MADE = 'have the API send the tokens as Fernet.encrypt() makes them';
const PLAIN = 'the records come unencrypted, and this version of fernlake reads Fernet tokens alone';

/** In this order: the first that fits tells. */
const SPELLINGS: readonly (readonly [RegExp, TokenKind])[] = [
  [/^\s*$/, { says: 'empty', mend: 'look why the API sends no tokens' }],
  [
    /^\s*b(['"]).*\1\s*$/s,
    {
      says: "wrapped in b'…', as Python's str() writes bytes",
      mend: 'have the API send token.decode(), not str(token)',
    },
  ],
  [
    /^\s*(["']).*\1\s*$/s,
    { says: 'in quotes of its own, encoded twice', mend: 'have the API encode each token once' },
  ],
  [/%[0-9a-f]{2}/i, { says: 'percent-encoded, as in an URL', mend: AS_MADE }],
  [/^\s*\{\s*'/, { says: 'no token but the text of a Python dict', mend: PLAIN }],
  [/^\s*[{[]/, { says: 'no token but JSON text', mend: PLAIN }],
  [/^\s*</, { says: 'no token but HTML or XML', mend: SEND_TOKENS }],
  [
    /^\s*ey[\w-]+(\.[\w-]*){2,4}\s*$/,
    { says: 'no Fernet token but a JSON Web Token (JWT)', mend: SEND_TOKENS },
  ],
  [/^\s*([0-9a-f]{2}){32,}\s*$/i, { says: 'in hex digits, not base64', mend: AS_MADE }],
  [/[^\w\s=+/-]/, { says: 'no token but text that is no base64', mend: SEND_TOKENS }],
];

/** What stands in place of a token; undefined for one that is right in form, so that it is a matter of keys. */
export function kindOfToken(text: string): TokenKind | undefined {
  const spelling = SPELLINGS.find(([pattern]) => pattern.test(text))?.[1];
  if (spelling) return spelling;
  const token = plainSpelling(text);
  const bytes = Buffer.from(token, 'base64url');
  const fault = bytesOf(token) === undefined ? 'cut' : formFault(bytes, 0, bytes.length);
  if (fault === undefined) return undefined;
  if (looksLikeToken(token))
    return {
      says: 'cut off, or glued to another',
      mend: 'look for what shortens them: a column that is too narrow, a limit of the logger',
    };
  if (looksLikeToken(bytes.toString('latin1'))) return { says: 'in base64 twice', mend: AS_MADE };
  return {
    says: `no Fernet token but base64 of ${kindOfText(bytes)}`,
    mend: SEND_TOKENS,
  };
}

/** How packed bytes begin. */
const SIGNATURES: readonly (readonly [readonly number[], string])[] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x78, 0x01], 'zlib'],
  [[0x78, 0x5e], 'zlib'],
  [[0x78, 0x9c], 'zlib'],
  [[0x78, 0xda], 'zlib'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'Zstandard'],
  [[0x42, 0x5a, 0x68], 'bzip2'],
];

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'nothing'],
  [/^\s*gAAAA[\w+/-]/, 'a Fernet token (encrypted twice)'],
  [/^\s*b['"]/, "Python's bytes (b'…')"],
  [/^\s*\{/, 'a dict or JSON object'],
  [/^\s*\[/, 'a list'],
  [/^\s*</, 'HTML or XML'],
  [/^\s*["']/, 'text in quotes'],
  [/^\s*[-+]?\d[\d.eE+-]*\s*$/, 'a number'],
  [/^[\t\n\r\x20-\x7e]*$/, 'plain text'],
];

/** Of what kind a text is, never what it says. */
export function kindOfText(bytes: Buffer): string {
  const packed = SIGNATURES.find(([signature]) => signature.every((byte, i) => bytes[i] === byte));
  if (packed) return packed[1];
  const text = bytes.toString('latin1');
  return KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? 'other bytes';
}
