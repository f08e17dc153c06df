import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addHours,
  type Hour,
  HOUR_MS,
  hourEndMs,
  hourOf,
  hourOfPartition,
  hourStartMs,
  parseHour,
  partitionOf,
} from '../../src/dataset/hour.js';

const instant = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31, 23) });

describe('an hour', () => {
  it('holds its first millisecond and its last, and not the ones beside them', () => {
    const hour = '2023-04-20T13' as Hour;
    assert.equal(hourStartMs(hour), Date.UTC(2023, 3, 20, 13));
    assert.equal(hourOf(hourStartMs(hour)), hour);
    assert.equal(hourOf(hourEndMs(hour) - 1), hour);
    assert.equal(hourOf(hourEndMs(hour)), '2023-04-20T14');
    assert.equal(hourOf(hourStartMs(hour) - 1), '2023-04-20T12');
  });

  it('comes back from its text and its partition, and sorts as text in order of time', () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const hour = hourOf(a);
        assert.equal(parseHour(hour), hour);
        assert.equal(hourOfPartition(`logs/${partitionOf(hour)}/logs.json.gz`), hour);
        assert.ok(hourStartMs(hour) <= a && a < hourEndMs(hour));
        assert.equal(hourOf(a) < hourOf(b), Math.floor(a / HOUR_MS) < Math.floor(b / HOUR_MS));
      }),
    );
  });

  for (const [from, count, to] of [
    ['2024-02-28T23', 1, '2024-02-29T00'],
    ['2024-02-29T23', 1, '2024-03-01T00'],
    ['2023-02-28T23', 1, '2023-03-01T00'],
    ['2000-02-28T23', 1, '2000-02-29T00'],
    ['2023-12-31T23', 1, '2024-01-01T00'],
    ['2024-01-01T00', -1, '2023-12-31T23'],
    ['2023-04-20T13', 0, '2023-04-20T13'],
    ['2023-03-26T00', 24, '2023-03-27T00'],
  ] as [Hour, number, string][]) {
    it(`${from} and ${count} is ${to}`, () => assert.equal(addHours(from, count), to));
  }

  for (const text of [
    '2023-02-30T00',
    '2023-02-29T00',
    '2100-02-29T00',
    '2023-04-31T00',
    '2023-00-01T00',
    '2023-13-01T00',
    '2023-04-00T00',
    '2023-04-20T24',
    '2023-04-20',
    '2023-4-20T13',
    '2023-04-20T13:00',
    ' 2023-04-20T13',
    '2023-04-20T13\n',
    '',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(parseHour(text), undefined));
  }
});

describe('a partition', () => {
  it('is spelled as every engine reads it', () => {
    assert.equal(partitionOf('2023-04-20T03' as Hour), 'year=2023/month=04/day=20/hour=03');
  });

  it('is found wherever it stands in a key', () => {
    for (const key of [
      'year=2023/month=04/day=20/hour=13',
      'ledger/logs/year=2023/month=04/day=20/hour=13.json',
      'raw/logs/year=2023/month=04/day=20/hour=13/x.json.gz',
    ]) {
      assert.equal(hourOfPartition(key), '2023-04-20T13', key);
    }
    for (const key of [
      'logs/year=2023/month=02/day=30/hour=13/x',
      'logs/year=2023/month=04/day=20/hour=133/x',
      'logs/myyear=2023/month=04/day=20/hour=13/x',
      'logs/x',
    ]) {
      assert.equal(hourOfPartition(key), undefined, key);
    }
  });
});
