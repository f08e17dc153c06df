import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addHours, type Hour } from '../../src/dataset/hour.js';
import { HourSet, isHoursByDay } from '../../src/dataset/hour-set.js';

const START = '2023-02-27T00' as Hour;

describe('a set of hours', () => {
  it('comes back from what is stored of it, ascending and each once', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100)), (offsets) => {
        const set = new HourSet();
        set.addAll(offsets.map((offset) => addHours(START, offset)));
        const expected = [...new Set(offsets)].sort((a, b) => a - b).map((offset) => addHours(START, offset));
        const stored = set.stored();
        assert.deepEqual([...new HourSet(stored)], expected);
        assert.equal(set.size, expected.length);
        assert(isHoursByDay(stored), JSON.stringify(stored));
        for (const offset of offsets) assert(set.has(addHours(START, offset)));
        assert(!set.has(addHours(START, 101)));
      }),
    );
  });

  it('is read by a person, and has ten years in 80 kB', () => {
    const set = new HourSet();
    for (const h of [0, 1, 2, 5, 23]) set.add(addHours(START, h));
    assert.deepEqual(set.stored(), { '2023-02-27': '00-02 05 23' });
    const years = new HourSet();
    for (let h = 0; h < 87_660; h += 1) years.add(addHours(START, h));
    assert(JSON.stringify(years.stored()).length < 90_000);
  });

  it('takes no nonsense for one', () => {
    const odd = [
      null,
      [],
      'x',
      { x: '00' },
      { '2023-02-30': '00' },
      { '2023-02-27': '' },
      { '2023-02-27': '24' },
    ];
    const texts = ['1', '05-03', '00 00', '00-99', '-', '00-01-02', ' 00'].map((text) => ({
      '2023-02-27': text,
    }));
    for (const value of [...odd, ...texts, { '2023-02-27': 5 }])
      assert(!isHoursByDay(value), JSON.stringify(value));
    assert(isHoursByDay({}) && isHoursByDay({ '2023-02-27': '00-03 23' }));
  });
});
