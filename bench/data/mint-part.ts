import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { seriesOptions } from '../../examples/source-server/series-options.js';
import { createTimeline } from '../../examples/source-server/timeline.js';
import { rawKey, rawName } from '../../src/lake/keys.js';
import { type Content, ContentHash } from '../support/content-hash.js';
import { answersOf, DATASET, type DatasetSpec, recordsOf, SEED, START_MS } from './datasets.js';
import { mintTokens } from './mint.js';
import { type BenchRecord, canonicalOf, landedOf, plaintextOf, recordAt } from './record.js';

/** Answers number `from` up to `to`, excluded, of a dataset. */
export interface Part {
  readonly spec: DatasetSpec;
  readonly dir: string;
  readonly from: number;
  readonly to: number;
}

export interface Minted {
  readonly part: Part;
  readonly content: Content;
  readonly tokens: number;
  /** Unpacked and packed size of the answers; of `tokens.txt`'s part both are the same. */
  readonly bodyBytes: number;
  readonly packedBytes: number;
}

/** How long an answer takes to arrive after its newest record. */
const ARRIVES_AFTER_MS = 40;

export function mintPart(part: Part): Minted {
  const { spec, dir } = part;
  const { records, spanMs } = spec;
  const options = seriesOptions(
    { seed: SEED, rate: records / (spanMs / 1_000), startMs: START_MS, anchorMs: START_MS },
    START_MS,
  );
  const timeline = createTimeline(options);
  const hash = new ContentHash();
  const sums = { tokens: 0, bodyBytes: 0, packedBytes: 0 };
  const lines: string[] = [];
  for (let answer = part.from; answer < part.to; answer += 1) {
    const { from, to } = recordsOf(spec, answer);
    const all: BenchRecord[] = [];
    for (let i = from; i < to; i += 1) all.push(recordAt(SEED, i, timeline.eventMs(i)));
    const fetchedAtMs = (all.at(-1)?.eventMs ?? START_MS) + ARRIVES_AFTER_MS;
    const tokens = mintTokens(DEMO_KEY, all.map(plaintextOf), {
      mintedSec: Math.floor(fetchedAtMs / 1_000),
      noise: `${SEED} ${spec.name} ${answer}`,
    });
    sums.tokens += tokens.length;
    // A record that an earlier answer showed lands once.
    const known = answer === 0 ? from : Math.min(from - spec.step + spec.window, records);
    all.slice(known - from).forEach((record) => hash.add(canonicalOf(landedOf(record))));
    if (spec.kind === 'tokens') lines.push(...tokens);
    else {
      const body = JSON.stringify(
        all.map(({ id, eventMs }, i) => ({
          recordId: id,
          ArrivalTimeStamp: eventMs / 1_000,
          data: tokens[i],
        })),
      );
      sums.bodyBytes += body.length;
      sums.packedBytes += archive(dir, fetchedAtMs, Buffer.from(body));
    }
  }
  if (spec.kind === 'tokens') {
    const text = lines.map((token) => `${token}\n`).join('');
    sums.bodyBytes = sums.packedBytes = text.length;
    writeFileSync(path.join(dir, partName(part.from)), text);
  }
  return { part, content: hash.content(), ...sums };
}

export const partName = (from: number): string => `part-${String(from).padStart(9, '0')}`;
/** Answers that one part mints: about 10,000 records, so that progress shows and little is held. */
export const answersPerPart = ({ window }: DatasetSpec): number => Math.max(1, Math.floor(10_000 / window));

export function partsOf(spec: DatasetSpec, dir: string): Part[] {
  const parts: Part[] = [];
  const size = answersPerPart(spec);
  for (let from = 0; from < answersOf(spec); from += size)
    parts.push({ spec, dir, from, to: Math.min(from + size, answersOf(spec)) });
  return parts;
}

/** As the activity `fetch` stores it, name and bytes (src/bytes/gzip.ts has the same options and header). */
function archive(dir: string, fetchedAtMs: number, body: Buffer): number {
  const sha256 = createHash('sha256').update(body).digest('hex');
  const file = path.join(dir, 'lake', rawKey(DATASET, rawName(fetchedAtMs, sha256)));
  const packed = gzipSync(body, { level: 9, memLevel: 9 });
  packed[9] = 255;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, packed);
  return packed.length;
}
