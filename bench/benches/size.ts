import { formOf } from '../../src/dataset/form.js';
import { LOG_API } from '../../src/dataset/presets.js';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { seriesOptions } from '../../examples/source-server/series-options.js';
import { createTimeline } from '../../examples/source-server/timeline.js';
import { readableRow } from '../../src/dataset/readable-row.js';
import { readRecord } from '../../src/dataset/record.js';
import { writeParquet } from '../../src/tables/parquet/write.js';
import { SEED, START_MS } from '../data/datasets.js';
import { landedOf, plaintextOf, recordAt } from '../data/record.js';
import type { Bench, BenchContext, BenchOutcome } from '../support/bench.js';
import { scratchDir } from '../support/lake-copy.js';
import { PeerMissing, PYTHON_PEERS, pythonPeer } from '../support/peers.js';
import { run } from '../support/process.js';
import { grouped } from '../support/turns.js';
import { gapBits, rowBits } from './size-bound.js';

/** An hour of the diary's source. */
const ROWS = 6_048;
const HOUR_MS = 3_600_000;
const form = formOf(LOG_API);

interface Packed {
  readonly name: string;
  readonly bytes: number;
  readonly cpuSeconds: number;
}

/** Bytes a row: what lands, what else could land, and what is really in a row. */
export const size: Bench = {
  name: 'size',
  title: 'Size: bytes a row against the information in it',
  minutes: 1,
  run: measure,
};

async function measure(context: BenchContext): Promise<BenchOutcome> {
  const rows = rowsOf(ROWS);
  const landed = text(rows);
  const bound = rowBits(HOUR_MS / ROWS) / 8;
  const missing: string[] = [];
  const packed: Packed[] = [
    pack('gzip, level 9, memLevel 9 (what lands)', () => gzipSync(landed, { level: 9, memLevel: 9 })),
    pack('gzip, level 6', () => gzipSync(landed, { level: 6 })),
    ...(context.quick ? [] : await others(landed, context, missing)),
    pack('readable NDJSON, gzip 9', () => gzipSync(text(readable(ROWS)), { level: 9, memLevel: 9 })),
    ...orders(rows).map(([name, reordered]) =>
      pack(name, () => gzipSync(text(reordered), { level: 9, memLevel: 9 })),
    ),
    pack('brotli 11 (not gzip: engines do not read it)', () =>
      brotliCompressSync(landed, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    ),
  ];
  const parquet = await writeParquet(
    rows.map((row) => readableRow(row, form)),
    form,
  ).catch((error: unknown) => {
    missing.push(`Parquet is missing: ${String(error)}`);
    return undefined;
  });
  if (parquet)
    packed.push({
      name: 'Parquet (zstd), as FERNLAKE_FORMATS=parquet lands it',
      bytes: parquet.length,
      cpuSeconds: Number.NaN,
    });
  const ours = packed[0]!;
  return {
    tables: [
      {
        title: `An hour of ${grouped(ROWS)} rows`,
        columns: ['', 'bytes a row', 'over the bound', 'against what lands', 'CPU µs a row'],
        rows: [
          [
            'the information in a row (bound)',
            bound.toFixed(1),
            '1.00',
            (bound / (ours.bytes / ROWS)).toFixed(3),
            '',
          ],
          ...packed.map(({ name, bytes, cpuSeconds }) => [
            name,
            (bytes / ROWS).toFixed(2),
            (bytes / ROWS / bound).toFixed(2),
            (bytes / ours.bytes).toFixed(3),
            Number.isNaN(cpuSeconds) ? '' : ((cpuSeconds / ROWS) * 1e6).toFixed(1),
          ]),
        ],
      },
    ],
    notes: [
      `The bound is the entropy of what the generator draws: a new user is 256 random bits and comes with 0.952, a user who came ` +
        `back is one of 219, an activity is one of three with 0.77, 0.13 and 0.10, and a gap between two records, to the millisecond, ` +
        `has ${gapBits(HOUR_MS / ROWS).toFixed(1)} bits at this rate. Ids are contiguous and hold nothing; url, method, name, ` +
        'level and message follow from the rest. No form without loss can be smaller on average. 30.5 of its bytes are the user ' +
        'id; as base64url in a gzip, whose Huffman codes spend at least 6 bits a character, it takes 32.3.',
      'Orders are those of keys in a row and of rows in the object; they change bytes alone, not what a reader gets. ' +
        'What pays is a decision of its own: [0019](../docs/decisions/0019-size.md).',
      ...missing,
    ],
    headlines: [
      {
        what: 'bytes a row, NDJSON gzip',
        value: (ours.bytes / ROWS).toFixed(1),
        against: `information in a row: ${bound.toFixed(1)}`,
      },
      ...(parquet
        ? [
            {
              what: 'bytes a row, Parquet',
              value: (parquet.length / ROWS).toFixed(1),
              against: `information in a row: ${bound.toFixed(1)}`,
            },
          ]
        : []),
    ],
    growth: [
      {
        what: 'bytes a row, NDJSON gzip, by rows of an hour',
        unit: 'B',
        points: (context.quick ? [100] : [60, 600, 6_000, 60_000]).map((n) => ({
          work: n,
          value: gzipSync(text(rowsOf(n)), { level: 9, memLevel: 9 }).length / n,
        })),
      },
    ],
  };
}

const text = (rows: readonly string[]): Buffer => Buffer.from(rows.map((row) => `${row}\n`).join(''));

/** The landed rows of one hour with so many records. */
function rowsOf(count: number): string[] {
  return records(count).map((record) => {
    const outcome = readRecord(Buffer.from(plaintextOf(record)), record.id, form, record.eventMs);
    if (!outcome.ok) throw new Error(outcome.detail);
    return outcome.row;
  });
}

const readable = (count: number): string[] =>
  records(count).map((record) => JSON.stringify(landedOf(record)));

function records(count: number) {
  const timeline = createTimeline(
    seriesOptions(
      { seed: SEED, rate: (count / HOUR_MS) * 1_000, startMs: START_MS, anchorMs: START_MS },
      START_MS,
    ),
  );
  return Array.from({ length: count }, (_, i) => recordAt(SEED, i, timeline.eventMs(i)));
}

function orders(rows: readonly string[]): [string, string[]][] {
  const keys = (...names: string[]): string[] =>
    rows.map((row) => {
      const record = JSON.parse(row) as Record<string, unknown>;
      return JSON.stringify(Object.fromEntries(names.map((name) => [name, record[name]])));
    });
  const by = (name: string): string[] => {
    const value = (row: string): string => String((JSON.parse(row) as Record<string, unknown>)[name]);
    return [...rows].sort((a, b) => (value(a) < value(b) ? -1 : 1));
  };
  const fixed = ['url', 'method', 'name'];
  return [
    [
      'keys: what varies first, user_id last',
      keys('record_id', 'inDate', 'activity', 'detail', ...fixed, 'user_id'),
    ],
    [
      'keys: user_id first, then record_id and inDate',
      keys('user_id', 'record_id', 'inDate', 'activity', 'detail', ...fixed),
    ],
    ['keys: activity beside detail', keys('user_id', 'record_id', 'inDate', ...fixed, 'activity', 'detail')],
    ['rows by activity', by('activity')],
    ['rows by user_id', by('user_id')],
  ];
}

function pack(name: string, work: () => Buffer): Packed {
  const before = process.cpuUsage();
  const bytes = work().length;
  const { user, system } = process.cpuUsage(before);
  return { name, bytes, cpuSeconds: (user + system) / 1e6 };
}

async function others(landed: Buffer, { say, onEnd }: BenchContext, missing: string[]): Promise<Packed[]> {
  try {
    const bin = await pythonPeer('pack', ['deflate==0.9.0', 'zopfli==0.4.3'], say);
    const { dir, remove } = scratchDir('pack');
    onEnd(remove);
    const file = path.join(dir, 'rows');
    writeFileSync(file, landed);
    const script = path.join(PYTHON_PEERS, 'pack.py');
    const { stdout } = await run('/bin/sh', ['-c', `'${path.join(bin, 'python')}' '${script}' < '${file}'`]);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Packed);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    missing.push(`libdeflate and zopfli are missing: ${error.message}`);
    return [];
  }
}
