import assert from 'node:assert/strict';
import fc from 'fast-check';
import { hourOf } from '../../src/dataset/hour.js';
import { epochMsOf } from '../../src/dataset/time-spellings.js';
import { SPELLINGS } from '../support/time-spellings.js';

describe("a record's time", () => {
  for (const [text, epochMs] of SPELLINGS) {
    it(`may be spelled ${text}`, () => assert.equal(epochMsOf(text), epochMs));
  }

  const refused: Readonly<Record<string, readonly string[]>> = {
    'a day that never was': [
      ...['2023-02-30T00:00:00.000Z', '2023-02-29T00:00:00Z', '1900-02-29T00:00:00Z', '20230230T000000Z'],
      ...['2023-13-01T00:00:00.000Z', '2023-00-01T00:00:00.000Z', '2023-01-00T00:00:00.000Z'],
      ...['2023-04-31T00:00:00.000Z', '0000-01-01T00:00:00Z', 'Thu, 30 Feb 2023 13:12:06 GMT'],
    ],
    'a time of day that no clock shows': [
      ...['2023-04-20T24:00:00.001Z', '2023-04-20T24:00:01Z', '2023-04-20T24:01:00Z', '2023-04-20T25:00:00Z'],
      ...['2023-04-20T13:60:00.000Z', '2023-04-20T13:60:00Z', '2016-12-31T23:59:61Z'],
    ],
    'an offset that no zone has': [
      '2023-04-20T13:12:06+24:00',
      '2023-04-20T13:12:06+01:60',
      '2023-04-20T13:12:06+5',
    ],
    'a date that is another one elsewhere': [
      '02/03/2024 05:10:00',
      '02.03.2024 05:10:00',
      '02-03-2024T05:10:00Z',
    ],
    'a year of two digits': [
      '24-03-02T05:10:00Z',
      'Sat, 02 Mar 24 05:10:00 GMT',
      'Saturday, 02-Mar-24 05:10:00 GMT',
    ],
    'a name that several zones have': [
      ...['2024-03-02 05:10:00 EST', '2024-03-02 05:10:00 IST', 'Sat, 02 Mar 2024 05:10:00 EST'],
      '2024-03-02 05:10:00 +0100 CET',
    ],
    'two zones at once': [
      ...['2023-04-20T13:12:06+02:00[UTC]', '2023-04-20 13:12:06 +0200 UTC', '2023-04-20T13:12:06Z+02:00'],
    ],
    'another day of the week than its date has': ['Fri, 20 Apr 2023 13:12:06 GMT'],
    'another notation': [
      ...[
        'Sat Mar  2 05:10:00 2024',
        '2023-04-20',
        '1681996326',
        '1681996326819',
        '',
        'yesterday',
        '13:12:06Z',
      ],
      ...[
        '2023-04-20T13:12:06.Z',
        '2023-04-20T13:12:06.1234567890Z',
        '2023-04-20T13:12.5Z',
        '+002023-04-20T13:12:06Z',
      ],
      ...[' 2023-04-20T13:12:06Z', '2023-04-20T13:12:06Z\n', '2023-04-20T13:12:06  Z', '2023-04-20T1312:06Z'],
      ...['२०२३-04-20T13:12:06Z', '2023-04-20T13:12:06Z[]', '2023-04-20T13:12:06[UTC]'],
    ],
    'a year that no hour is named by': [
      '0001-01-01T00:00:00+00:01',
      '9999-12-31T23:59:59-00:01',
      '9999-12-31T24:00:00Z',
    ],
  };
  for (const [why, texts] of Object.entries(refused))
    for (const text of texts)
      it(`may not be ${JSON.stringify(text)}: ${why}`, () => assert.equal(epochMsOf(text), undefined));
});

/** Spellings of an instant in local time at an offset, each with the unit that it is cut off to. */
const WRITERS: Readonly<Record<string, { unitMs: number; write: (wall: Wall) => string }>> = {
  "JavaScript's": { unitMs: 1, write: ({ utc }) => utc.toISOString() },
  "Python's isoformat": {
    unitMs: 1,
    write: ({ date, clock, ms, colon }) => `${date}T${clock}.${ms}000${colon}`,
  },
  "Python's logging, with an offset": {
    unitMs: 1,
    write: ({ date, clock, ms, bare }) => `${date} ${clock},${ms}${bare}`,
  },
  "PostgreSQL's, of whole hours": {
    unitMs: 1,
    write: ({ utc }) => `${utc.toISOString().slice(0, 23).replace('T', ' ')}+00`,
  },
  "Ruby's": { unitMs: 1_000, write: ({ date, clock, bare }) => `${date} ${clock} ${bare}` },
  ".NET's": { unitMs: 1, write: ({ date, clock, ms, colon }) => `${date} ${clock}.${ms}0001 ${colon}` },
  "Java's": { unitMs: 1, write: ({ utc }) => `${utc.toISOString().slice(0, 23)}999999Z[UTC]` },
  "Java's, where the second is 0": {
    unitMs: 60_000,
    write: ({ utc }) => `${utc.toISOString().slice(0, 16)}Z[UTC]`,
  },
  "Go's": { unitMs: 1, write: ({ utc }) => `${utc.toISOString().slice(0, 23).replace('T', ' ')} +0000 UTC` },
  'the basic form': {
    unitMs: 1,
    write: ({ date, clock, ms, bare }) =>
      `${date.replaceAll('-', '')}T${clock.replaceAll(':', '')}.${ms}${bare}`,
  },
  'the small letters': { unitMs: 1, write: ({ utc }) => utc.toISOString().toLowerCase() },
  "HTTP's": { unitMs: 1_000, write: ({ utc }) => utc.toUTCString() },
  "mail's": { unitMs: 1_000, write: ({ local, bare }) => `${local.toUTCString().slice(0, -3)}${bare}` },
};

interface Wall {
  readonly utc: Date;
  readonly local: Date;
  readonly date: string;
  readonly clock: string;
  readonly ms: string;
  /** `+05:30` and `+0530`. */
  readonly colon: string;
  readonly bare: string;
}

function wallOf(utc: Date, offsetMinutes: number): Wall {
  const local = new Date(utc.getTime() + offsetMinutes * 60_000);
  const text = local.toISOString();
  const [hours, minutes] = [Math.trunc(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  const sign = offsetMinutes < 0 ? '-' : '+';
  return {
    ...{ utc, local, date: text.slice(0, 10), clock: text.slice(11, 19), ms: text.slice(20, 23) },
    ...{ colon: `${sign}${two(hours)}:${two(minutes)}`, bare: `${sign}${two(hours)}${two(minutes)}` },
  };
}

describe('every instant', () => {
  const instants = fc.date({
    min: new Date('0002-01-01T00:00:00Z'),
    max: new Date('9998-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  });
  const offsets = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
  for (const [name, { unitMs, write }] of Object.entries(WRITERS))
    it(`has the hour that JavaScript gives it, in ${name} spelling`, () => {
      fc.assert(
        fc.property(instants, offsets, (utc, offsetMinutes) => {
          const text = write(wallOf(utc, offsetMinutes));
          const expected = Math.floor(utc.getTime() / unitMs) * unitMs;
          const epochMs = epochMsOf(text);
          assert.equal(epochMs, expected, text);
          assert.equal(hourOf(expected), utc.toISOString().slice(0, 13));
        }),
        { numRuns: 500 },
      );
    });
});
