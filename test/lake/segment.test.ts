import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Hour } from '../../src/dataset/hour.js';
import type { QuarantineReason } from '../../src/dataset/reason.js';
import { compareEntries, decodeSegmentHeader, type Entry } from '../../src/lake/segment.js';
import { buildSegment, decodeSegment, encodeSegment } from './segment-twin.js';

const HOUR = '2023-04-20T13' as Hour;
/** What a row may hold at its most hostile: JSON text, so never a bare line break, but anything else. */
const row = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify({ record_id: 1, detail: text })),
  fc.constantFrom(
    '{"a":"],[,"}',
    '{"\\u2028":"\u2028\u2029\u0085"}',
    '{"a":"\\n[1,0,0,0,5]"}',
    '{"__proto__":{"x":1}}',
  ),
);
const reason = fc.constantFrom<QuarantineReason>('wrong-type', 'id-mismatch', 'too-large');
const entry: fc.Arbitrary<Entry> = fc
  .record({
    id: fc.oneof(fc.nat({ max: 5 }), fc.maxSafeNat()),
    raw: fc.constantFrom('20230420T131500.000Z-aaaaaaaaaaaa', '20230420T131600.000Z-bbbbbbbbbbbb'),
    index: fc.nat({ max: 9 }),
    key: fc.constantFrom('0011aabb', 'ffee0099'),
    jsonBytes: fc.nat(),
    verdict: fc.oneof(row, row, reason),
  })
  .map(({ verdict, ...rest }) =>
    verdict.startsWith('{')
      ? { ...rest, row: verdict }
      : { ...rest, jsonBytes: 0, reason: verdict as QuarantineReason },
  );
const entries = fc.array(entry, { maxLength: 40 });
const placeOf = (e: Entry): string => `${e.id} ${e.raw} ${e.index}`;

describe('a segment', () => {
  it('gives back, after a way through its text, every appearance that was put in', () => {
    fc.assert(
      fc.property(entries, (given) => {
        const sorted = [...given].sort(compareEntries);
        const once = sorted.filter((e, i) => i === 0 || placeOf(e) !== placeOf(sorted[i - 1] ?? e));
        const back = decodeSegment(encodeSegment(buildSegment(HOUR, given)));
        assert.equal(back.hour, HOUR);
        assert.deepEqual(back.raws, [...new Set(given.map((e) => e.raw))].sort());
        assert.deepEqual(back.entries, once);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same text for every order and repetition of its entries', () => {
    fc.assert(
      // One position of an answer holds one record.
      fc.property(fc.uniqueArray(entry, { maxLength: 40, selector: placeOf }), fc.nat(), (given, salt) => {
        const text = encodeSegment(buildSegment(HOUR, given));
        const turn = given.length === 0 ? 0 : salt % given.length;
        const turned = [...given.slice(turn), ...given, ...given.slice(0, turn)].reverse();
        assert.equal(encodeSegment(buildSegment(HOUR, turned)), text);
      }),
    );
  });

  it('writes a row once that several windows show', () => {
    const shown = (raw: string, text: string): Entry => ({
      id: 7,
      raw,
      index: 0,
      key: 'k',
      jsonBytes: 9,
      row: text,
    });
    const text = encodeSegment(
      buildSegment(HOUR, [
        shown('a', '{"record_id":7}'),
        shown('b', '{"record_id":7}'),
        shown('c', '{"odd":7}'),
      ]),
    );
    assert.equal(
      text,
      '{"hour":"2023-04-20T13","raws":["a","b","c"],"keys":["k"],"ids":[[7,7]]}\n' +
        '[7,0,0,0,9,{"record_id":7}]\n[7,1,0,0,9]\n[7,2,0,0,9,{"odd":7}]\n',
    );
  });

  it('may be empty', () => {
    const empty = buildSegment(HOUR, []);
    assert.deepEqual(decodeSegment(encodeSegment(empty)), empty);
  });

  it('says what is none', () => {
    const header = '{"hour":"2023-04-20T13","raws":["a"],"keys":["k"]}';
    for (const line of ['[1,0,0]', '[1,5,0,0,9]', '[1,0,0,4,9]', 'rubbish']) {
      assert.throws(() => decodeSegment(`${header}\n${line}\n`), SyntaxError, line);
    }
    assert.throws(() => decodeSegmentHeader('<html>'), SyntaxError);
  });
});
