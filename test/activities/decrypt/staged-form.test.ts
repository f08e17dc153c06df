import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Hour } from '../../../src/dataset/hour.js';
import { packSegments } from '../../../src/activities/partition/pack-segments.js';
import type { QuarantineReason, Refusal } from '../../../src/dataset/reason.js';
import { buildSegment, encodeSegment } from '../../lake/segment-twin.js';
import { type EntryTable, readEntryTable } from '../../../src/activities/compact/entry-table.js';
import type { BatchAnswer } from '../../../src/activities/decrypt/open-answer.js';
import { DecryptedWriter, readDecrypted } from '../../../src/activities/decrypt/staged-form.js';
import { ByteSink } from '../../../src/bytes/byte-sink.js';
import {
  type CompactedWindow,
  type DecryptedWindow,
  groupByHour,
  type HourEntry,
  type PlainRecord,
} from '../../../src/inspect/verify/one-by-one.js';
import { encodeCompacted, encodeDecrypted } from '../../support/staged-reference.js';

/** Plain objects, as JSON.parse makes them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

const rawName = fc.constantFrom('20230420T131500.000Z-aaaaaaaaaaaa', '20230420T131600.000Z-bbbbbbbbbbbb');
const key = fc.constantFrom('0011aabb', 'ffee0099');
const reason = fc.constantFrom<QuarantineReason>('wrong-type', 'undecryptable');
const place = { index: fc.nat({ max: 99 }), id: fc.maxSafeNat(), key };
const refusalsOf = (raw: string): fc.Arbitrary<Refusal[]> =>
  fc.array(
    record({ raw: fc.constant(raw), index: fc.nat(), reason, detail: fc.string({ unit: 'binary' }) }),
    {
      maxLength: 3,
    },
  );

/** Any bytes: line breaks, zeros, halves of characters, JSON. */
const plaintext = fc
  .oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.constantFrom('\n', '\n\n{"raw":"x"}\n', '', '\0').map((text) => Buffer.from(text)),
  )
  .map((bytes) => Buffer.from(bytes));

const decrypted: fc.Arbitrary<DecryptedWindow> = rawName.chain((raw) =>
  record({
    raw: fc.constant(raw),
    records: fc.array(record({ ...place, plaintext }), { maxLength: 6 }),
    refusals: refusalsOf(raw),
  }),
);

const row = fc.string({ unit: 'binary' }).map((text) => JSON.stringify({ record_id: 1, detail: text }));
const compacted: fc.Arbitrary<CompactedWindow> = rawName.chain((raw) => {
  const common = {
    ...place,
    raw: fc.constant(raw),
    hour: fc.constantFrom('2023-04-20T13' as Hour, '2024-02-29T23' as Hour),
  };
  const entry: fc.Arbitrary<HourEntry> = fc.oneof(
    record<HourEntry>({ ...common, jsonBytes: fc.nat(), row }),
    record<HourEntry>({ ...common, jsonBytes: fc.constant(0), reason }),
  );
  return record({
    raw: fc.constant(raw),
    entries: fc.array(entry, { maxLength: 6 }),
    refusals: refusalsOf(raw),
    newestEventMs: fc.option(fc.nat()),
  });
});

/** The windows again, as objects. */
function windowsOf(table: EntryTable): Omit<CompactedWindow, 'newestEventMs'>[] {
  const { bytes, id, index, key, hour, tail, row, end } = table;
  const text = (from: number | undefined, to: number | undefined): string => bytes.toString('utf8', from, to);
  return table.windows.map(({ raw, refusals, from, end: last }) => ({
    raw,
    refusals,
    entries: Array.from({ length: last - from }, (_, i) => from + i).map((e): HourEntry => {
      const place = { id: id[e]!, raw, index: index[e]!, key: table.keys.all[key[e]!]! };
      const common = { ...place, hour: table.hours.all[hour[e]!]! };
      const said = text(row[e], end[e]);
      if (table.isRefused(e))
        return { ...common, jsonBytes: 0, reason: JSON.parse(said) as QuarantineReason };
      return { ...common, jsonBytes: Number(text(tail[e], row[e]! - 1)), row: said };
    }),
  }));
}

const stagedTable = (windows: readonly CompactedWindow[]): EntryTable =>
  readEntryTable(Buffer.from(windows.map((window) => encodeCompacted(window)).join('')));

/** The staged windows again, as objects. */
const decryptedOf = (bytes: Buffer): DecryptedWindow[] =>
  [...readDecrypted(bytes)].map((answer) => {
    const { raw } = answer;
    const records: PlainRecord[] = [];
    assert.ok('open' in answer);
    const { refusals } = answer.open((plain, from, end, index, id, key) => {
      records.push({ index, id, key, plaintext: plain.subarray(from, end) });
    });
    return { raw, records, refusals: refusals.map((refusal) => ({ ...refusal, raw })) };
  });

describe('the staged forms', () => {
  it('give back decrypted windows byte for byte, whatever the plaintexts hold', () => {
    fc.assert(
      fc.property(fc.array(decrypted, { maxLength: 5 }), (windows) => {
        assert.deepEqual(
          decryptedOf(Buffer.concat(windows.map((window) => encodeDecrypted(window)))),
          windows,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('give back compacted windows', () => {
    fc.assert(
      fc.property(fc.array(compacted, { maxLength: 5 }), (windows) => {
        const expected = windows.map(({ newestEventMs: _, ...rest }) => rest);
        assert.deepEqual(windowsOf(stagedTable(windows)), expected);
      }),
      { numRuns: 300 },
    );
  });

  it('make the same segments as the windows themselves, byte for byte', () => {
    const gaps = new Map([['2023-04-20T13' as Hour, [[1, 2]] as const]]);
    fc.assert(
      fc.property(
        fc.array(compacted, { maxLength: 5 }),
        fc.integer({ min: 1, max: 400 }),
        (windows, sizeBytes) => {
          const expected = [...groupByHour(windows.flatMap(({ entries }) => entries))].map(
            ([hour, entries]) => {
              const [gap, segment] = [gaps.get(hour), buildSegment(hour, entries)];
              return encodeSegment(gap ? { ...segment, gaps: gap } : segment);
            },
          );
          const packed = packSegments(stagedTable(windows), gaps);
          assert.deepEqual(
            packed.map(({ bytes }) => bytes().toString()),
            expected,
          );
          for (const [i, { chunks }] of packed.entries()) {
            // Each is written over when the next one is asked for.
            const pieces = Array.from(chunks(sizeBytes), String);
            assert.equal(pieces.join(''), expected[i]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keep the place of an answer that could not be read, and of the one before', () => {
    const out = new ByteSink();
    const writer = new DecryptedWriter();
    const nothing = { elements: 0, refusals: [], newestId: 7 };
    const answers: BatchAnswer[] = [
      { raw: 'a', kind: 'before', open: () => nothing },
      { raw: 'b', kind: 'gone' },
      { raw: 'c', kind: 'damaged' },
    ];
    for (const answer of answers) writer.write(answer, out);
    const found = [...readDecrypted(out.written())];
    assert.deepEqual(
      found.map(({ raw, kind }) => [raw, kind]),
      answers.map(({ raw, kind }) => [raw, kind]),
    );
    const [before] = found;
    assert.ok(before && 'open' in before);
    assert.deepEqual(
      before.open(() => assert.fail()),
      nothing,
    );
  });

  it('are empty for no windows', () => {
    assert.deepEqual(decryptedOf(Buffer.alloc(0)), []);
    assert.deepEqual(stagedTable([]).windows, []);
  });

  it('grow with what they hold, and refuse what is no entry', () => {
    const entries = Array.from({ length: 3_000 }, (_, id): HourEntry => {
      const place = { id, raw: 'r', index: id, key: 'k', hour: '2023-04-20T13' as Hour };
      return { ...place, jsonBytes: 5, row: `{"record_id":${id}}` };
    });
    const window = { raw: 'r', entries, refusals: [], newestEventMs: null };
    assert.deepEqual(windowsOf(stagedTable([window]))[0]?.entries, entries);
    const text = encodeCompacted({ ...window, entries: entries.slice(0, 1) });
    for (const odd of [
      text.replace(' [0,', '[[0,'),
      text.replace('[0,', '[x,'),
      text.replace(',0,5,', ',9,5,'),
    ])
      assert.throws(() => readEntryTable(Buffer.from(odd)), SyntaxError);
  });
});
