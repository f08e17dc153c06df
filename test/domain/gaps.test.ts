import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ledgerIds, missesOthers, missingCandidates } from '../../src/domain/gaps.js';
import { rangesOf, subtractRanges } from '../../src/domain/id-ranges.js';

describe('the missing ids of an hour', () => {
  it('lie between its own ids', () => {
    assert.deepEqual(missingCandidates(rangesOf([3, 4, 8, 12]), null), [
      [5, 7],
      [9, 11],
    ]);
  });

  it('begin behind the last id of the sealed hour before', () => {
    assert.deepEqual(missingCandidates(rangesOf([8, 9]), 5), [[6, 7]]);
    assert.deepEqual(missingCandidates(rangesOf([8, 9]), 7), []);
  });

  it('begin at its own first id when the ids went back, or the hours interleave', () => {
    assert.deepEqual(missingCandidates(rangesOf([3, 5]), 1_000), [[4, 4]]);
    assert.deepEqual(missingCandidates(rangesOf([3, 5]), 3), [[4, 4]]);
  });

  it('are none in an hour without ids', () => assert.deepEqual(missingCandidates([], 5), []));

  it('change with the hour before only where missesOthers says so', () => {
    const some = fc.uniqueArray(fc.nat({ max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(some, some, some, fc.option(fc.nat({ max: 40 })), (next, now, elsewhere, lastBefore) => {
        const missing = (last: number | null, came: number[]) =>
          subtractRanges(missingCandidates(rangesOf(next), last), rangesOf(came));
        const before = missing(lastBefore, elsewhere);
        const after = missing(Math.max(...now), [...elsewhere, ...now]);
        const { ids } = ledgerIds(rangesOf(next), before);
        const says = missesOthers(ids, lastBefore, rangesOf(now));
        if (JSON.stringify(before) !== JSON.stringify(after)) assert.ok(says);
      }),
      { numRuns: 1_000 },
    );
    const steady = ledgerIds(rangesOf([7, 8, 9]), []).ids;
    assert.equal(missesOthers(steady, 3, rangesOf([4, 5, 6])), false);
    assert.equal(missesOthers(steady, null, rangesOf([4, 5])), true);
    assert.equal(missesOthers(ledgerIds([], []).ids, null, rangesOf([4, 5])), false);
  });

  it('are, with those that came, all from the first to the last', () => {
    const ids = fc.uniqueArray(fc.nat({ max: 80 }), { minLength: 1 });
    fc.assert(
      fc.property(ids, fc.option(fc.nat({ max: 80 })), (came, before) => {
        const first = Math.min(...came);
        const from = before !== null && before < first ? before + 1 : first;
        const due = Array.from({ length: Math.max(...came) - from + 1 }, (_, i) => from + i);
        const missing = missingCandidates(rangesOf(came), before);
        assert.deepEqual(missing, rangesOf(due.filter((id) => !came.includes(id))));
        const { ids: told, complete } = ledgerIds(rangesOf(came), missing);
        assert.deepEqual([told.first, told.last], [first, Math.max(...came)]);
        assert.equal(told.missingCount, due.length - came.length);
        assert.equal(complete, came.length / due.length);
      }),
    );
  });

  it('leave an hour without ids complete', () => {
    const ids = { first: null, last: null, missing: [], missingCount: 0 };
    assert.deepEqual(ledgerIds([], []), { ids, complete: 1 });
  });
});
