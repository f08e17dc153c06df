import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { LIMITS } from '../../../src/limits.js';
import { pythonRepr } from '../python-repr.js';
import type { RawAnswer } from '../respond.js';
import { failing, kept, type Lie, type Stage } from './lie.js';

const MIB = 1024 * 1024;
const TOO_LARGE = ['SourceTooLarge', 'terminal'] as const;
const HOURS = 10_000;
const HOUR_MS = 3_600_000;

/** Answers that are too much: to hold, to unpack, to nest, to count. */
export const SIZE_LIES: readonly Lie[] = [
  failing('gigabyte-body', 'a body of a gigabyte', TOO_LARGE, () => ({ body: filler(1024) })),
  failing('endless-chunks', 'chunks without an end', TOO_LARGE, () => ({ body: filler(Infinity) })),
  failing('gzip-bomb', '4 GiB in 4 MiB of gzip', TOO_LARGE, () => ({
    headers: { 'content-encoding': 'gzip' },
    body: bomb(),
  })),
  kept('deep-json', 'a million arrays, each in the other', TOO_LARGE, () => ({
    body: '['.repeat(1_000_000) + ']'.repeat(1_000_000),
  })),
  kept('deep-objects', 'a hundred thousand objects, each in the other', TOO_LARGE, () => ({
    body: `[${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}]`,
  })),
  kept('too-many-records', 'more records than the limit', TOO_LARGE, () => ({
    body: `[${'{},'.repeat(LIMITS.answerRecordsMax)}{}]`,
  })),
  kept('too-many-values', 'one record of three million empty arrays', TOO_LARGE, () => ({
    body: `[[${'[],'.repeat(3_000_000)}[]]]`,
  })),
  {
    name: 'ten-thousand-hours',
    serves: 'good records of 10,000 different hours in one answer',
    expected: { kind: 'taken', landed: HOURS, duplicates: 0, quarantined: {} },
    answer: tenThousandHours,
  },
];

async function* filler(mib: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from('[');
  const chunk = Buffer.alloc(MIB, ' ');
  for (let i = 0; i < mib; i++) yield chunk;
  yield Buffer.from(']');
}

/** Packed while it is asked for: nobody holds 4 GiB, least of all this process. */
function bomb(): AsyncIterable<Uint8Array> {
  // The client hangs up in the middle, which is what the lie is for.
  return pipeline(Readable.from(filler(4096)), createGzip(), () => undefined) as AsyncIterable<Uint8Array>;
}

function tenThousandHours(stage: Stage): RawAnswer {
  const envelopes = Array.from({ length: HOURS }, (_, i) => {
    const eventMs = stage.eventMs - (HOURS - i) * HOUR_MS;
    const record = { ...stage.record(i), inDate: new Date(eventMs).toISOString() };
    return { ...stage.envelope(i, pythonRepr(record)), ArrivalTimeStamp: eventMs / 1000 };
  });
  return { body: JSON.stringify(envelopes) };
}
