import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  containsId,
  countIds,
  type IdRange,
  IdSet,
  normalizeRanges,
  rangesOf,
  subtractRanges,
} from '../../src/lake/id-ranges.js';

const anyRanges = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 })));
const idsOf = (ranges: readonly IdRange[]): Set<number> =>
  new Set(
    ranges.flatMap(([from, to]) => Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)),
  );
const sorted = (ids: Set<number>): number[] => [...ids].sort((a, b) => a - b);

describe('id ranges, against sets', () => {
  it('have one canonical form, which neither overlaps nor touches', () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const canonical = normalizeRanges(ranges);
        assert.deepEqual(sorted(idsOf(canonical)), sorted(idsOf(ranges)));
        canonical.slice(1).forEach(([from], i) => assert.ok(from > (canonical[i]?.[1] ?? 0) + 1));
        assert.deepEqual(normalizeRanges([...canonical].reverse()), canonical);
        assert.deepEqual(rangesOf(idsOf(ranges)), canonical);
        assert.equal(countIds(canonical), idsOf(ranges).size);
      }),
    );
  });

  it('are those of a set that is filled a few at a time, whenever it is asked', () => {
    const few = fc.array(fc.integer({ min: 0, max: 9_000 }), { maxLength: 400 });
    fc.assert(
      fc.property(fc.array(fc.tuple(few, fc.boolean()), { maxLength: 20 }), (steps) => {
        const set = new IdSet();
        const all = new Set<number>();
        for (const [ids, asked] of steps) {
          set.add(ids);
          for (const id of ids) all.add(id);
          if (asked) assert.deepEqual(set.ranges(), rangesOf(all));
        }
        assert.deepEqual(set.ranges(), rangesOf(all));
      }),
    );
  });

  it('subtract as sets do', () => {
    fc.assert(
      fc.property(anyRanges, anyRanges, (a, b) => {
        const known = idsOf(b);
        const rest = new Set([...idsOf(a)].filter((id) => !known.has(id)));
        assert.deepEqual(subtractRanges(normalizeRanges(a), normalizeRanges(b)), rangesOf(rest));
      }),
      { numRuns: 500 },
    );
  });

  it('know what they contain', () => {
    fc.assert(
      fc.property(anyRanges, fc.integer({ min: -1, max: 62 }), (ranges, id) => {
        assert.equal(containsId(normalizeRanges(ranges), id), idsOf(ranges).has(id));
      }),
      { numRuns: 500 },
    );
  });

  it('leave the ranges that they are given as they were', () => {
    const given: readonly IdRange[] = Object.freeze([
      Object.freeze([5, 9] as const),
      Object.freeze([1, 6] as const),
    ]);
    assert.deepEqual(normalizeRanges(given), [[1, 9]]);
  });

  it('cost the same however far they reach', () => {
    const last = Number.MAX_SAFE_INTEGER;
    const rest = subtractRanges([[0, last]], [[10, 19]]);
    assert.deepEqual(rest, [
      [0, 9],
      [20, last],
    ]);
    assert.equal(countIds([[1, last]]), last);
  });
});
