import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { AnswerIds } from '../../../src/activities/compact/answer-ids.js';
import { GapAbove, GapBelow } from '../../../src/activities/seal/gap.js';
import { firstAndLast, ledgerIds, withEnds } from '../../../src/activities/seal/gaps.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { mergeHour } from '../../../src/inspect/verify/merge-hour.js';
import { sealOf } from './sealed.js';

const [H12, H13, H14] = ['2023-04-20T12', '2023-04-20T13', '2023-04-20T14'] as [Hour, Hour, Hour];
const answer = (placed: Readonly<Record<number, Hour>>, homeless: readonly number[] = []): AnswerIds =>
  new AnswerIds(
    Object.entries(placed).map(([id, hour]) => ({ id: Number(id), hour })),
    homeless,
  );

describe('what is missing below an id', () => {
  const below = (id: number, lower: number | undefined, ...answers: readonly AnswerIds[]) => {
    const gap = new GapBelow(id, H13, lower, 'b');
    for (const each of answers) gap.take('b', each);
    return gap;
  };

  it('ends at the next lower id with an hour, whatever hour that is', () => {
    assert.deepEqual(below(9, 3, answer({ 5: H14, 9: H13 })).missing(), [[6, 8]]);
    assert.deepEqual(below(9, 3, answer({ 2: H12, 5: H12 }), answer({ 8: H12 })).missing(), []);
  });

  it('is not what an answer shows without an hour, which ends nothing', () => {
    assert.deepEqual(below(9, 3, answer({ 9: H13 }, [6])).missing(), [
      [4, 5],
      [7, 8],
    ]);
  });

  it('is nothing, and sought everywhere, where no lower id is known', () => {
    const gap = below(9, undefined, answer({ 9: H13, 10: H13 }));
    assert.deepEqual([gap.isBottom, gap.missing(), gap.sought()], [true, [], [[0, 8]]]);
  });

  it('is nothing where all lower ids came later, and with later hours: the source has begun its ids anew', () => {
    const missing = (name: string, hour: Hour) => {
      const gap = below(9, undefined, answer({ 9: H13 }));
      gap.take(name, answer({ 3: hour }));
      return gap.missing();
    };
    assert.deepEqual([missing('c', H14), missing('a', H14), missing('c', H12)], [[], [[4, 8]], [[4, 8]]]);
  });

  it('is charged to the earlier of two hours that have the id', () => {
    assert.deepEqual(below(9, 3, answer({ 9: H12 })).missing(), []);
    assert.deepEqual(below(9, 3, answer({ 9: H14 })).missing(), [[4, 8]]);
  });
});

describe('what is missing above an id', () => {
  it('ends at the next higher id with an hour, of which the hour is told', () => {
    const gap = new GapAbove(3, { id: 12, hour: H13 }, 'a');
    gap.take('a', answer({ 1: H12, 9: H14 }, [5]));
    assert.deepEqual(gap.next, { id: 9, hour: H14 });
    assert.deepEqual(gap.missing(), [
      [4, 4],
      [6, 8],
    ]);
    assert.equal(gap.isClosed, false);
    gap.take('b', answer({ 4: H12 }));
    assert.equal(gap.isClosed, true);
  });
});

describe("a ledger's ids", () => {
  it('count what is missing, and what has landed of what should have', () => {
    const { ids, complete } = ledgerIds({ first: 1, last: 8, landed: 5 }, [[4, 6]]);
    assert.deepEqual(ids, { first: 1, last: 8, missing: [[4, 6]], missingCount: 3 });
    assert.equal(complete, 5 / 8);
  });

  it('leave an hour without ids complete', () => {
    const ids = { first: null, last: null, missing: [], missingCount: 0 };
    const seen = { ...firstAndLast([]), landed: 0 };
    assert.deepEqual(ledgerIds(seen, []), { ids, complete: 1 });
  });

  it('begin and end with what was in quarantine at an earlier seal', () => {
    const { ledger } = sealOf({ ...mergeHour([], LOG_FORM), ids: [[1, 9]] });
    assert.deepEqual(firstAndLast(withEnds([[3, 6]], ledger)), { first: 1, last: 9 });
    assert.deepEqual(firstAndLast(withEnds([[0, 10]], ledger)), { first: 0, last: 10 });
    assert.deepEqual(withEnds([], undefined), []);
  });
});
