import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { createMint, mintBytes } from '../token.js';
import { BAD, landing, type Lie, quarantined, type Stage } from './lie.js';
import { pythonRepr } from '../python-repr.js';

const undecryptable = (name: string, serves: string, data: (token: string, stage: Stage) => string): Lie =>
  quarantined(name, serves, 'undecryptable', (stage) => {
    const good = stage.good(BAD);
    return { ...good, data: data(good.data, stage) };
  });

const spelt = (name: string, serves: string, spell: (token: string) => string): Lie =>
  landing(name, serves, (stage) => ({ ...stage.good(BAD), data: spell(stage.good(BAD).data) }));

const VERSION = 0x80;
const IV_BYTES = 16;
const DAY_MS = 86_400_000;

/** Tokens that cannot be opened, and odd ones that can. */
export const TOKEN_LIES: readonly Lie[] = [
  undecryptable('token-of-another-key', 'a token of a key that nobody has', (_token, stage) =>
    createMint(randomBytes(32).toString('base64url') + '=')(pythonRepr(stage.record(BAD)), stage.nowMs),
  ),
  undecryptable('token-truncated', 'the first half of a token', (token) => token.slice(0, token.length / 2)),
  undecryptable('token-one-letter-short', 'a token without its last letters', (token) => token.slice(0, -4)),
  undecryptable('token-empty', 'an empty token', () => ''),
  undecryptable(
    'token-not-base64',
    'a token of other letters',
    (token) => `${token.slice(0, 40)}!§$%${token.slice(44)}`,
  ),
  undecryptable('token-flipped-bit', 'a token with one bit turned over', (token) =>
    changed(token, (bytes) => flip(bytes, 40)),
  ),
  undecryptable('token-flipped-mac', 'a token whose signature is off by a bit', (token) =>
    changed(token, (bytes) => flip(bytes, bytes.length - 1)),
  ),
  undecryptable('token-other-version', 'a token of version 0x81', (token) =>
    changed(token, (bytes) => flip(bytes, 0)),
  ),
  undecryptable('token-bad-padding', 'a rightly signed token with broken padding', (_token, stage) =>
    signed(stage.key, Buffer.alloc(32, 0xff)),
  ),
  undecryptable('token-without-text', 'a rightly signed token without a single block', (_token, stage) =>
    signed(stage.key, Buffer.alloc(0)),
  ),
  undecryptable('token-doubled', 'two tokens in one', (token) => token + token),
  quarantined('token-of-no-text', 'a token of bytes that are no UTF-8', 'not-a-record', (stage) => ({
    ...stage.good(BAD),
    data: mintBytes(stage.key, Buffer.from([0x7b, 0xff, 0xfe, 0x80, 0x7d]), stage.nowMs),
  })),
  spelt('token-with-newline', 'a token with a newline behind it', (token) => `${token}\n`),
  spelt('token-in-lines', 'a token broken every 76 characters', (token) =>
    (token.match(/.{1,76}/g) ?? []).join('\n'),
  ),
  spelt('token-among-blanks', 'a token among blanks', (token) => `  ${token} `),
  spelt('token-standard-base64', 'a token in standard base64', (token) =>
    token.replaceAll('-', '+').replaceAll('_', '/'),
  ),
  spelt('token-surplus-padding', 'a token with more padding than it needs', (token) => `${token}===`),
  landing('token-of-tomorrow', 'a token whose own time stamp lies ahead', (stage) => ({
    ...stage.good(BAD),
    data: stage.mint(pythonRepr(stage.record(BAD)), stage.nowMs + DAY_MS),
  })),
  landing('token-of-1970', 'a token whose own time stamp is decades old', (stage) => ({
    ...stage.good(BAD),
    data: stage.mint(pythonRepr(stage.record(BAD)), 1_000),
  })),
];

function flip(bytes: Buffer, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}

function changed(token: string, change: (bytes: Buffer) => void): string {
  const bytes = Buffer.from(token, 'base64url');
  change(bytes);
  return padded(bytes);
}

/** A token made by hand, since the fernet package would pad it rightly. `blocks` is a multiple of 16 bytes. */
function signed(key: string, blocks: Buffer): string {
  const bytes = Buffer.from(key, 'base64url');
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-128-cbc', bytes.subarray(16), iv).setAutoPadding(false);
  const head = Buffer.alloc(9);
  head[0] = VERSION;
  const signedPart = Buffer.concat([head, iv, cipher.update(blocks), cipher.final()]);
  return padded(
    Buffer.concat([signedPart, createHmac('sha256', bytes.subarray(0, 16)).update(signedPart).digest()]),
  );
}

/** Python's base64 writes the equals signs, and so does the API. */
function padded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
