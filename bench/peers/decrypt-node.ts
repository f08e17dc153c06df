/** Decrypts every token of a file again and again for some seconds, with fernlake or with a peer, and says what it cost as JSON. */
import { createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fernet from 'fernet';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { openTokens, type TokenSink } from '../../src/activities/decrypt/fernet.js';

type Decrypt = (tokens: readonly string[], take: (plain: Uint8Array | string) => void) => void;

const [, , how = '', key = '', file = '', secondsText = '', batchText = '100'] = process.argv;
const batch = Number(batchText);
const distinct = readFileSync(file, 'latin1').trimEnd().split('\n');

const ways: Readonly<Record<string, () => Decrypt>> = {
  /** What the pipeline does, as many tokens at a time as an answer has. Plaintexts are handed over where they are, as Go's are. */
  fernlake: () => {
    const ring = createKeyRing([key]);
    return (tokens, take) => {
      const sink: TokenSink = {
        plain(_index, bytes, from, end) {
          if (digesting) take(bytes.subarray(from, end));
        },
        refuse(_index, detail) {
          throw new Error(`refused: ${detail}`);
        },
      };
      openTokens(ring, tokens, sink);
    };
  },
  /** node:crypto as its documentation shows it, a token at a time. */
  'node:crypto': () => {
    const raw = Buffer.from(key, 'base64url');
    return (tokens, take) => {
      for (const token of tokens) {
        const bytes = Buffer.from(token, 'base64url');
        const end = bytes.length - 32;
        const mac = createHmac('sha256', raw.subarray(0, 16)).update(bytes.subarray(0, end)).digest();
        if (!timingSafeEqual(mac, bytes.subarray(end))) throw new Error('refused');
        const cipher = createDecipheriv('aes-128-cbc', raw.subarray(16), bytes.subarray(9, 25));
        take(Buffer.concat([cipher.update(bytes.subarray(25, end)), cipher.final()]));
      }
    };
  },
  'fernet (npm)': () => {
    const secret = new fernet.Secret(key);
    return (tokens, take) => {
      for (const token of tokens) take(new fernet.Token({ secret, token, ttl: 0 }).decode());
    };
  },
};

const decrypt = ways[how]?.();
if (!decrypt) throw new Error(`no such way: ${how}`);
const batches: string[][] = [];
for (let from = 0; from < distinct.length; from += batch) batches.push(distinct.slice(from, from + batch));

const digest = createHash('sha256');
let digesting = true;
for (const tokens of batches) decrypt(tokens, (plain) => digest.update(plain));
digesting = false;

const startMs = performance.now();
const cpu = process.cpuUsage();
let count = 0;
const elapsed = (): number => (performance.now() - startMs) / 1_000;
while (elapsed() < Number(secondsText)) {
  for (const tokens of batches) {
    decrypt(tokens, () => undefined);
    count += tokens.length;
    if (count % 1_000 === 0 && elapsed() >= Number(secondsText)) break;
  }
}
const used = process.cpuUsage(cpu);
const cpuSeconds = (used.user + used.system) / 1e6;
const result = { tokens: count, seconds: elapsed(), cpuSeconds, sha256: digest.digest('hex') };
process.stdout.write(`${JSON.stringify({ ...result, distinct: distinct.length })}\n`);
