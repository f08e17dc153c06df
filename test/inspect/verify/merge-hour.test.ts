import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Hour } from '../../../src/dataset/hour.js';
import { quarantinedTotal } from '../../../src/lake/ledger.js';
import { type MergedHour, mergeHour, type SealedHour } from '../../../src/inspect/verify/merge-hour.js';
import type { QuarantineReason } from '../../../src/dataset/reason.js';
import { compareIds, type RecordId } from '../../../src/dataset/record-id.js';
import { recordIdOf } from '../../../src/lake/row-id.js';
import { type Entry } from '../../../src/lake/segment.js';
import { buildSegment, decodeSegment, encodeSegment } from '../../lake/segment-twin.js';
import { OrderUnknown } from '../../../src/activities/seal/tally.js';
import { sealOf } from '../../activities/seal/sealed.js';

const idOf = (row: string): RecordId => recordIdOf(row, LOG_FORM);
const mergeHourOf = (entries: readonly Entry[], sealed?: SealedHour): MergedHour =>
  mergeHour(entries, LOG_FORM, sealed);

const HOUR = '2023-04-20T13' as Hour;
const rawOf = (n: number): string => `20230420T13${String(n).padStart(2, '0')}00.000Z-0123456789ab`;
/** Contents below 0 are the content 0 with its keys in another order. */
const rowOf = (id: number, content: number): string =>
  content < 0 ? `{"detail":"","record_id":${id}}` : `{"record_id":${id},"detail":"${'x'.repeat(content)}"}`;

const landing = (id: number, raw: number, index = 0, content = 0, key = 'key1'): Entry => ({
  id,
  raw: rawOf(raw),
  index,
  key,
  jsonBytes: 100 + Math.max(0, content),
  row: rowOf(id, content),
});
const refused = (id: number, raw: number, reason: QuarantineReason = 'wrong-type'): Entry => ({
  id,
  raw: rawOf(raw),
  index: 0,
  key: 'key1',
  jsonBytes: 0,
  reason,
});

/** All that has to be the same, whatever the road. */
const essence = ({ rows, seen, duplicates, quarantined, keys, jsonBytes, raws, ...rest }: MergedHour) => ({
  rows,
  seen,
  duplicates,
  quarantined,
  keys,
  jsonBytes,
  compactBytes: rest.compactBytes,
  landed: rest.landed,
  raws,
});

/** The answers (windows) that showed something of the hour: few ids, contents and keys, so that they meet often. */
const window = fc.array(
  fc.record({
    id: fc.integer({ min: 1, max: 12 }),
    content: fc.constantFrom(0, 0, 0, -1, 1, 2),
    key: fc.constantFrom('key1', 'key1', 'key1', 'key2'),
    reason: fc.constantFrom(undefined, undefined, undefined, 'wrong-type' as const, 'bad-time' as const),
  }),
  { maxLength: 8 },
);

interface Shown {
  readonly id: number;
  readonly content: number;
  readonly key: string;
  readonly reason: QuarantineReason | undefined;
}

const entriesOf = (windows: readonly (readonly Shown[])[]): Entry[][] =>
  windows.map((records, raw) =>
    records.map(({ id, content, key, reason }, index) =>
      reason
        ? { ...refused(id, raw, reason), index, key }
        : { ...landing(id, raw, index, content, key), index },
    ),
  );

/** Through the stored form, as the seal gets them. */
const stored = (entries: readonly Entry[]): readonly Entry[] =>
  decodeSegment(encodeSegment(buildSegment(HOUR, entries))).entries;

describe("the merge of an hour's appearances", () => {
  it('lands each record once, by ascending id, and counts all the rest', () => {
    const merged = mergeHourOf([
      landing(10, 2),
      landing(9, 1),
      landing(10, 1, 1),
      refused(11, 1),
      landing(12, 3, 0, 5),
      landing(12, 4, 0, 6),
    ]);
    assert.deepEqual(merged.rows, [rowOf(9, 0), rowOf(10, 0), rowOf(12, 5)]);
    assert.deepEqual(
      { ...merged, rows: [], conflicts: merged.conflicts.map(({ raw }) => raw) },
      {
        rows: [],
        texts: null,
        seen: 6,
        landed: 3,
        duplicates: 1,
        quarantined: { 'wrong-type': 1, 'conflicting-duplicate': 1 },
        late: 0,
        keys: { key1: 3 },
        jsonBytes: 101 + 101 + 106,
        compactBytes: merged.rows.join('\n').length + 1,
        ids: [[9, 12]],
        raws: [1, 2, 3, 4].map(rawOf),
        conflicts: [rawOf(4)],
        added: 6,
      },
    );
  });

  it('is the same for every order, split, repetition and sequence of seals, or asks for the archive', () => {
    let unknown = 0;
    let seals = 0;
    const plan = fc.array(
      fc.record({ windows: fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1 }), twice: fc.boolean() }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 10, maxLength: 10 }),
        plan,
        fc.nat(),
        (windows, rounds, salt) => {
          const all = entriesOf(windows);
          let sealed: SealedHour | undefined;
          const handedIn = new Set<number>();
          // Each round hands in some answers, again or for the first time, in any order, and seals; the last all of them.
          for (const { windows: chosen, twice } of [...rounds, { windows: [...all.keys()], twice: true }]) {
            const batch = chosen.flatMap((n) => stored(all[n] ?? []));
            const shuffled = [...batch, ...(twice ? batch : [])].sort(
              (a, b) =>
                ((Number(a.id) * 7 + a.index * 13 + salt) % 11) -
                ((Number(b.id) * 7 + b.index * 13 + salt) % 11),
            );
            for (const n of chosen) handedIn.add(n);
            const together = mergeHourOf([...handedIn].flatMap((n) => all[n] ?? []));
            let merged: MergedHour;
            try {
              merged = mergeHourOf(shuffled, sealed);
            } catch (error) {
              assert.ok(error instanceof OrderUnknown);
              unknown += 1;
              merged = together;
            }
            assert.deepEqual(essence(merged), essence(together));
            assert.equal(
              merged.seen,
              merged.landed + merged.duplicates + quarantinedTotal(merged.quarantined),
            );
            assert.deepEqual(merged.rows.map(idOf), [...new Set(merged.rows.map(idOf))].sort(compareIds));
            if (merged.seen > 0) sealed = sealOf(merged);
            seals += 1;
          }
        },
      ),
      { numRuns: 400 },
    );
    assert.ok(unknown > 20 && unknown < seals / 2, `${unknown} of ${seals} merges asked for the archive`);
  });

  it('needs no archive where what comes later is later in the archive, too', () => {
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 8 }), (windows) => {
        const all = entriesOf(windows);
        let sealed: SealedHour | undefined;
        for (const entries of all) {
          const merged = mergeHourOf(stored(entries), sealed);
          if (merged.seen > 0) sealed = sealOf(merged);
        }
        assert.deepEqual(sealed?.rows ?? [], mergeHourOf(all.flat()).rows);
      }),
      { numRuns: 200 },
    );
  });

  it('takes the same keys in another order for the same record, and lands the first order in the archive', () => {
    const merged = mergeHourOf([landing(5, 2), landing(5, 1, 0, -1), landing(5, 3)]);
    assert.deepEqual(merged.rows, [rowOf(5, -1)]);
    assert.deepEqual([merged.landed, merged.duplicates, merged.quarantined], [1, 2, {}]);
    const sealed = sealOf(mergeHourOf([landing(5, 2)]));
    const late = mergeHourOf([landing(5, 3, 0, -1)], sealed);
    assert.deepEqual([late.rows, late.duplicates, late.quarantined], [[rowOf(5, 0)], 1, {}]);
    assert.throws(() => mergeHourOf([landing(5, 1, 0, -1)], sealed), OrderUnknown);
  });

  it('counts an appearance once that two segments tell', () => {
    const merged = mergeHourOf([landing(5, 1), landing(5, 1), refused(6, 1), refused(6, 1)]);
    assert.deepEqual([merged.seen, merged.added, merged.duplicates], [2, 2, 0]);
    assert.deepEqual(merged.quarantined, { 'wrong-type': 1 });
  });

  it('lands an appearance that one version of the code refused and another one read', () => {
    for (const both of [
      [refused(5, 1), landing(5, 1)],
      [landing(5, 1), refused(5, 1)],
    ]) {
      const merged = mergeHourOf(both);
      assert.deepEqual([merged.seen, merged.landed, merged.quarantined], [1, 1, {}]);
    }
  });

  it('adds nothing when all that is handed in is sealed already', () => {
    const entries = [landing(5, 1), landing(6, 1, 1), refused(7, 2)];
    const sealed = sealOf(mergeHourOf(entries));
    assert.equal(mergeHourOf(entries, sealed).added, 0);
    assert.deepEqual(essence(mergeHourOf([], sealed)), essence(mergeHourOf(entries)));
  });

  it('counts as late what lands after the first seal, and only that', () => {
    const sealed = sealOf(mergeHourOf([landing(5, 1)]));
    const merged = mergeHourOf([landing(5, 2), landing(6, 2, 1)], sealed);
    assert.deepEqual([merged.late, merged.landed, merged.duplicates], [1, 2, 1]);
  });

  it('asks for the archive when an earlier answer shows other content than what landed', () => {
    const sealed = sealOf(mergeHourOf([landing(5, 4, 0, 1)]));
    assert.throws(() => mergeHourOf([landing(5, 2, 0, 2)], sealed), OrderUnknown);
    assert.equal(mergeHourOf([landing(5, 6, 0, 2)], sealed).conflicts.length, 1);
    assert.equal(mergeHourOf([landing(5, 2, 0, 1)], sealed).duplicates, 1);
  });

  it('asks for the archive when another key may have opened the first appearance', () => {
    const sealed = sealOf(mergeHourOf([landing(5, 4, 0, 1, 'key1')]));
    assert.throws(() => mergeHourOf([landing(5, 2, 0, 1, 'key2')], sealed), OrderUnknown);
    assert.deepEqual(mergeHourOf([landing(5, 6, 0, 1, 'key2')], sealed).keys, { key1: 1 });
  });

  it('refuses a landed row without an id', () => {
    assert.throws(() => idOf('{"record_id":null}'), SyntaxError);
    assert.throws(() => idOf('not JSON'), SyntaxError);
  });
});
