import { LOG_FORM } from '../../support/forms.js';
import type { Edge } from '../../../src/activities/seal/edges.js';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareIds } from '../../../src/dataset/record-id.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { RowIds, wholeLines } from '../../../src/lake/lines.js';
import { type MergedHour, mergeHour } from '../../../src/inspect/verify/merge-hour.js';
import { type SealedStream, StreamMerge } from '../../../src/activities/seal/merge-stream.js';
import { recordIdOf } from '../../../src/lake/row-id.js';
import { type MergeSource, SegmentCursor } from '../../../src/lake/segment-cursor.js';
import { type Entry } from '../../../src/lake/segment.js';
import { buildSegment, encodeSegment } from '../../lake/segment-twin.js';
import { OrderUnknown } from '../../../src/activities/seal/tally.js';
import { ChangedRows } from '../../../src/activities/seal/changed-rows.js';
import { sealOf } from './sealed.js';

const HOUR = '2023-04-20T13' as Hour;
const rawOf = (n: number): string => `20230420T13${String(n).padStart(2, '0')}00.000Z-0123456789ab`;

/** One begins another, and their order is that of UTF-8, not of UTF-16. */
const TEXTS = ['1', 'a', 'a,0', 'é', '"\\', '\u{ffff}', '😀'];

const entry: fc.Arbitrary<Entry> = fc
  .record({
    id: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constantFrom(...TEXTS)),
    raw: fc.nat({ max: 9 }),
    index: fc.nat({ max: 5 }),
    content: fc.constantFrom('', '', '', 'é', '😀', 'x'.repeat(300)),
    swapped: fc.boolean(),
    reason: fc.constantFrom(undefined, undefined, undefined, 'wrong-type' as const, 'bad-time' as const),
  })
  .map(({ id, raw, index, content, swapped, reason }) => {
    // One key opens a token, whoever tells of it.
    const place = {
      id,
      raw: rawOf(raw),
      index,
      key: (String(id).length + raw + index) % 3 === 0 ? 'key2' : 'key1',
    };
    if (reason) return { ...place, jsonBytes: 0, reason };
    const keys = [`"detail":"${content}"`, `"record_id":${JSON.stringify(id)}`];
    return { ...place, jsonBytes: 10, row: `{${(swapped ? keys.reverse() : keys).join(',')}}` };
  });
const segments = fc.array(fc.array(entry, { maxLength: 12 }), { maxLength: 6 });
const chunkBytes = fc.constantFrom(1, 7, 64, 100_000);

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield Buffer.from(bytes.subarray(at, at + size));
  }
}

const linesOf = (rows: readonly string[], size: number) => (): AsyncIterable<Buffer> =>
  wholeLines(inChunks(rows.map((row) => `${row}\n`).join(''), size));

const sourceOf = (entries: readonly Entry[], size: number): MergeSource => ({
  firstId: entries.map(({ id }) => id).sort(compareIds)[0] ?? Number.POSITIVE_INFINITY,
  open: () => wholeLines(inChunks(encodeSegment(buildSegment(HOUR, entries)), size)),
  explain: (cause) => cause,
});

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
}

type Outcome = Omit<MergedHour, 'rows'> & { readonly text: string };

async function streamed(
  parts: readonly (readonly Entry[])[],
  size: number,
  sealed?: SealedStream,
): Promise<Outcome> {
  const merge = new StreamMerge(
    parts.map((entries) => sourceOf(entries, size)),
    sealed,
  );
  const text = await textOf(merge.rows());
  const { firstRowId, lastRowId, rowIds, edges, ...facts } = merge.facts();
  // With what is sealed only new ids are at the end of a run; without, all are new.
  const told = (of: readonly Edge[], ends: readonly number[]): void => {
    const ids = of.map(({ id }) => id);
    assert.deepEqual(ids, sealed ? ends.filter((id) => ids.includes(id)) : ends);
    for (const { id, raw } of of)
      assert.ok(parts.flat().some((entry) => entry.id === id && entry.raw === raw));
  };
  const [starts, stops] = [facts.ids.map(([from]) => from), facts.ids.map(([, to]) => to)];
  told(edges.low, starts);
  told(edges.high, stops);
  assert.deepEqual([firstRowId, lastRowId], [rowIds.first, rowIds.last]);
  const rows = text.split('\n').slice(0, -1);
  const ends = [rows[0], rows.at(-1)].map((row) => (row === undefined ? null : recordIdOf(row, LOG_FORM)));
  assert.deepEqual([firstRowId, lastRowId], ends);
  return { ...facts, text };
}

const whole = ({ rows, conflicts, ...facts }: MergedHour): Outcome => ({
  ...facts,
  conflicts: conflicts.map(({ id, raw, index }) => ({ id, raw, index })),
  text: rows.map((row) => `${row}\n`).join(''),
});

describe('the merge of an hour as a stream', function () {
  // A second when quiet; on a machine with much else to do it has taken more than the usual 20.
  this.timeout(120_000);
  it('gives what the merge in memory gives, on top of what is sealed, or asks for the archive as that does', async () => {
    let unknown = 0;
    await fc.assert(
      fc.asyncProperty(segments, segments, chunkBytes, async (first, then, size) => {
        assert.deepEqual(await streamed(first, size), whole(mergeHour(first.flat(), LOG_FORM)));
        const merged = mergeHour(first.flat(), LOG_FORM);
        const sealed = sealOf(merged, HOUR);
        const stream = { ...sealed, places: LOG_FORM, lines: linesOf(sealed.rows, size) };
        let expected: Outcome;
        try {
          expected = whole(mergeHour(then.flat(), LOG_FORM, sealed));
        } catch (error) {
          assert.ok(error instanceof OrderUnknown);
          unknown += 1;
          await assert.rejects(streamed(then, size, stream), OrderUnknown);
          return;
        }
        assert.deepEqual(await streamed(then, size, stream), expected);
      }),
      { numRuns: 400 },
    );
    assert.ok(unknown > 20, `${unknown} merges asked for the archive`);
  });

  it('opens a source only once it comes to its first id, and closes all it opened', async () => {
    const open = new Set<number>();
    let most = 0;
    const sources = Array.from({ length: 20 }, (_, n): MergeSource => {
      const place = { raw: rawOf(n), index: 0, key: 'k', jsonBytes: 1 };
      const entries = [n * 10, n * 10 + 5].map((id) => ({ ...place, id, row: `{"record_id":${id}}` }));
      const source = sourceOf(entries, 100);
      const counted = async function* (): AsyncGenerator<Buffer> {
        open.add(n);
        most = Math.max(most, open.size);
        try {
          yield* source.open();
        } finally {
          open.delete(n);
        }
      };
      return { ...source, open: counted };
    });
    await textOf(new StreamMerge(sources).rows());
    assert.deepEqual([most, open.size], [1, 0]);
    // Left early, too.
    for await (const chunk of new StreamMerge(sources).rows()) assert.ok(chunk);
    const rows = new StreamMerge(sources.map((source) => ({ ...source, firstId: 0 }))).rows();
    await rows.next();
    await rows.return(undefined);
    assert.equal(open.size, 0);
  });

  it('refuses a segment that is none, or is not in order', async () => {
    const header = JSON.stringify({ hour: HOUR, raws: [rawOf(1)], keys: ['k'] });
    for (const text of ['', `${header}\n[5,0,0,0,1]\n`, `${header}\n[5,1,0,0,1,{}]\n`, `${header}\n[x\n`])
      await assert.rejects(new SegmentCursor(wholeLines(inChunks(text, 9))).begin(), SyntaxError, text);
    const source = { ...sourceOf([], 9), firstId: 1 };
    const turned = `${header}\n[6,0,0,0,1,{}]\n[5,0,1,0,1,{}]\n`;
    const merge = new StreamMerge([{ ...source, open: () => wholeLines(inChunks(turned, 9)) }]);
    await assert.rejects(textOf(merge.rows()), /not in order/);
  });
});

describe('rows held against those that stand', () => {
  it('come out whole, or not at all where they are the same', async () => {
    const rows = fc.array(fc.constantFrom('{"a":1}', '{"b":2}', '{"c":"é"}'), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(rows, rows, chunkBytes, chunkBytes, async (made, standing, size, other) => {
        const changed = new ChangedRows(linesOf(made, size)(), linesOf(standing, other));
        const text = await textOf(changed.rows());
        const same = JSON.stringify(made) === JSON.stringify(standing);
        assert.equal(changed.same, same);
        assert.equal(text, same ? '' : made.map((row) => `${row}\n`).join(''));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the id in the bytes of a row', () => {
  it('is the one that JSON.parse finds', () => {
    const name = fc.constantFrom('record_id', 'detail', '"record_id":7', 'a');
    const anyId = fc.oneof(fc.maxSafeNat(), fc.string({ unit: 'binary' }), fc.uuid());
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        fc.nat(),
        fc.maxSafeNat(),
        name,
        fc.dictionary(name, tie('node'), { maxKeys: 2, noNullPrototype: true }),
      ),
    })).node;
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 4 }), anyId, (fields, id) => {
        const row = JSON.stringify(Object.fromEntries([...fields, ['record_id', id]]));
        assert.equal(recordIdOf(row, LOG_FORM), id);
        const bytes = Buffer.from(`{"record_id":1}\n${row}\n{"record_id":2}\n`);
        assert.equal(
          new RowIds(LOG_FORM).at(bytes, 16, 16 + Buffer.byteLength(row)),
          recordIdOf(row, LOG_FORM),
        );
      }),
      { numRuns: 1_000 },
    );
    assert.throws(() => new RowIds(LOG_FORM).at(Buffer.from('{"record_id":true}'), 0, 18), SyntaxError);
    assert.throws(() => new RowIds(LOG_FORM).at(Buffer.from('{}\n{"record_id":5}'), 0, 2), SyntaxError);
  });
});
