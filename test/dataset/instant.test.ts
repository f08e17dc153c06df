import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isCanonicalTime, isRealTime, weekdayOf, wallMsOf } from '../../src/dataset/instant.js';

describe('the canonical form of a time', () => {
  const instants = fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });

  it('is what JavaScript writes, for every instant', () => {
    fc.assert(
      fc.property(instants, (when) => {
        assert.ok(isCanonicalTime(when.toISOString()));
        assert.ok(isRealTime(when.toISOString()));
      }),
    );
  });

  for (const text of ['2023-02-30T00:00:00.000Z', '2023-04-20T24:00:00.000Z', '2016-12-31T23:59:60.000Z'])
    it(`has no room for ${text}`, () => assert.equal(isRealTime(text), false));

  it('has parts that give the instant and its day of the week back', () => {
    fc.assert(
      fc.property(instants, (when) => {
        const wall = {
          ...{ year: when.getUTCFullYear(), month: when.getUTCMonth() + 1, day: when.getUTCDate() },
          ...{ hour: when.getUTCHours(), minute: when.getUTCMinutes(), second: when.getUTCSeconds() },
          ms: when.getUTCMilliseconds(),
        };
        assert.equal(wallMsOf(wall), when.getTime());
        assert.equal(weekdayOf(when.getTime()), when.getUTCDay());
      }),
    );
  });
});
