import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourOf } from '../../src/dataset/hour.js';
import { epochMsOf, hourOfText, isCanonicalTime } from '../../src/dataset/instant.js';

describe("a record's time", () => {
  const instant = Date.UTC(2023, 3, 20, 13, 12, 6, 819);
  const spellings: [string, number][] = [
    ['2023-04-20T13:12:06.819Z', instant],
    ['2023-04-20 13:12:06.819Z', instant],
    ['2023-04-20T13:12:06.819', instant],
    ['2023-04-20 13:12:06.819000', instant],
    ['2023-04-20T13:12:06.819999999+00:00', instant],
    ['2023-04-20T15:12:06.819+02:00', instant],
    ['2023-04-20T07:42:06.819-05:30', instant],
    ['2023-04-21T12:11:06.819+22:59', instant],
    ['2023-04-20T13:12:06.8Z', instant - 19],
    ['2023-04-20T13:12:06Z', instant - 819],
    ['2024-02-29T00:00:00.000Z', Date.UTC(2024, 1, 29)],
    ['2000-02-29T00:00:00', Date.UTC(2000, 1, 29)],
    ['2022-12-31T23:30:00-01:00', Date.UTC(2023, 0, 1, 0, 30)],
    ['1969-12-31T23:59:59.999Z', -1],
  ];
  for (const [text, epochMs] of spellings) {
    it(`may be spelled ${text}`, () => {
      assert.equal(epochMsOf(text), epochMs);
      assert.equal(hourOfText(text, epochMs), hourOf(epochMs));
    });
  }

  const refused = [
    ...[
      '2023-02-30T00:00:00.000Z',
      '2023-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2023-04-31T00:00:00.000Z',
    ],
    ...[
      '2023-13-01T00:00:00.000Z',
      '2023-00-01T00:00:00.000Z',
      '2023-01-00T00:00:00.000Z',
      '0000-01-01T00:00:00Z',
    ],
    ...[
      '2023-04-20T24:00:00.000Z',
      '2023-04-20T25:00:00Z',
      '2023-04-20T13:60:00.000Z',
      '2023-04-20T13:00:60.000Z',
    ],
    ...[
      '2016-12-31T23:59:60Z',
      '2023-04-20T13:60:00Z',
      '2023-04-20T13:12:06+24:00',
      '2023-04-20T13:12:06+01:60',
    ],
    ...['2023-04-20', '2023-04-20T13:12Z', '2023-04-20t13:12:06z', '20230420T131206Z', '1681996326', ''],
    ...[
      '2023-04-20T13:12:06.Z',
      '2023-04-20T13:12:06.1234567890Z',
      '2023-04-20T13:12:06+0200',
      '2023-04-20T13:12:06,819Z',
    ],
    ...[
      ' 2023-04-20T13:12:06Z',
      '2023-04-20T13:12:06Z\n',
      '2023-04-20T13:12:06 Z',
      '+002023-04-20T13:12:06Z',
    ],
    ...['0001-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', '२०२३-04-20T13:12:06Z'],
  ];
  for (const text of refused) {
    it(`may not be ${JSON.stringify(text)}`, () => assert.equal(epochMsOf(text), undefined));
  }

  it('is read as JavaScript wrote it, for every instant', () => {
    const date = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (when) => {
        const text = when.toISOString();
        assert.ok(isCanonicalTime(text));
        assert.equal(epochMsOf(text), when.getTime());
        assert.equal(hourOfText(text, when.getTime()), hourOf(when.getTime()));
      }),
    );
  });
});
