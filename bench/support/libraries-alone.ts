import { createDecipheriv, hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Dataset, rawOf } from '../data/ensure-dataset.js';
import { filesUnder } from './landed.js';

/** Each step, as a table names it. */
export const STEPS = {
  inflateAnswers: 'inflate the answers',
  hashAnswers: 'their SHA-256',
  parse: 'JSON.parse',
  base64: 'base64',
  hmac: 'HMAC-SHA256, as two calls of crypto.hash',
  aes: 'AES-128-CBC',
  deflateSegments: 'deflate the segments, level 1',
  inflateSegments: 'inflate them for the seal',
  deflateObjects: 'deflate the objects, level 9',
  inflateObjects: 'inflate them, to check what landed',
} as const;
type Step = keyof typeof STEPS;

/** CPU seconds of the process for each step of all the data. */
export type LibrariesAlone = Readonly<Record<Step, number>>;

/** Answers at a time: enough for the clock, few enough for the memory. */
const ANSWERS = 100;
const BLOCK_BYTES = 16;
const HASH_BYTES = 32;
/** HMAC's pad in front of what is hashed first, and of that hash. */
const PAD_BYTES = 64;
/** Version, timestamp. */
const HEADER_BYTES = 9;
/** zlib takes no less. */
const MEMORY_BYTES_MIN = 64;

/**
 * What the libraries alone take for the bytes of this archive and of these landed objects, one call after the other, with nothing of
 * ours between them: what no program on them falls below that archives, checks, and seals by way of segments.
 */
export function librariesAlone(day: Dataset, tableDir: string): LibrariesAlone {
  const spent = Object.fromEntries(Object.keys(STEPS).map((step) => [step, 0])) as Record<Step, number>;
  const clock = <T>(step: Step, work: () => T): T => {
    const before = process.cpuUsage();
    const result = work();
    const { user, system } = process.cpuUsage(before);
    spent[step] += (user + system) / 1e6;
    return result;
  };
  const answers = filesUnder(rawOf(day), '.json.gz');
  for (let at = 0; at < answers.length; at += ANSWERS) {
    const packed = answers.slice(at, at + ANSWERS).map((file) => readFileSync(file));
    const bodies = clock('inflateAnswers', () => packed.map(inflate));
    clock('hashAnswers', () => bodies.map((body) => hash('sha256', body, 'hex')));
    const parsed = clock('parse', () =>
      bodies.map((body) => JSON.parse(body.toString('utf8')) as { data: string }[]),
    );
    for (const envelopes of parsed) openAlone(envelopes, clock);
  }
  for (const file of filesUnder(tableDir, '.json.gz')) {
    const rows = inflate(readFileSync(file));
    const segment = clock('deflateSegments', () => deflate(rows, 1));
    clock('inflateSegments', () => inflate(segment));
    const object = clock('deflateObjects', () => deflate(rows, 9));
    clock('inflateObjects', () => inflate(object));
  }
  return spent;
}

/** Into memory of the right size at once: zlib's own pieces of 16 KiB would be put together afterwards. */
const inflate = (packed: Buffer): Buffer =>
  gunzipSync(packed, { chunkSize: Math.max(MEMORY_BYTES_MIN, packed.readUInt32LE(packed.length - 4)) });

const deflate = (bytes: Buffer, level: number): Buffer =>
  gzipSync(bytes, { level, memLevel: 9, chunkSize: Math.max(MEMORY_BYTES_MIN, bytes.length >> 1) });

/** The calls that an answer's tokens need. What is laid out for them beforehand is not on the clock. */
function openAlone(
  envelopes: readonly { readonly data: string }[],
  clock: (step: 'base64' | 'hmac' | 'aes', work: () => unknown) => void,
): void {
  // Whole groups of four characters stand one behind the other without a filler.
  const text = envelopes.map(({ data }) => data.replace(/=+$/, '').replace(/^((?:.{4})*).*$/, '$1')).join('');
  const memory = Buffer.alloc(text.length);
  clock('base64', () => memory.write(text, 'base64url'));
  const tokens = envelopes.map(({ data }) => Buffer.from(data, 'base64url'));
  const messages = tokens.map((token) =>
    Buffer.concat([Buffer.alloc(PAD_BYTES), token.subarray(0, -HASH_BYTES)]),
  );
  const outer = Buffer.alloc(PAD_BYTES + HASH_BYTES);
  clock('hmac', () => {
    for (const message of messages) {
      hash('sha256', message, 'binary');
      hash('sha256', outer, 'binary');
    }
  });
  const area = Buffer.concat(tokens.map((token) => token.subarray(HEADER_BYTES, -HASH_BYTES)));
  const none = Buffer.alloc(BLOCK_BYTES);
  const decipher = createDecipheriv('aes-128-cbc', none, none).setAutoPadding(false);
  clock('aes', () => decipher.update(area));
}

export const sumOf = (spent: LibrariesAlone): number =>
  Object.values(spent).reduce((sum, seconds) => sum + seconds, 0);
