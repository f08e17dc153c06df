import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eventTimesOf } from '../../src/dataset/event-time.js';
import { timePattern } from '../../src/dataset/time-pattern.js';

const instantOf = (format: string, text: string, zone = 'UTC'): string | undefined => {
  const time = eventTimesOf({ field: 't', format, zone }).read(text);
  return time && new Date(time.epochMs).toISOString();
};

describe('a time of an event', () => {
  const written: readonly [format: string, text: string, instant: string | undefined, zone?: string][] = [
    ['iso8601', '2023-04-20T13:12:06+02:00', '2023-04-20T11:12:06.000Z'],
    ['iso8601', 'Thu, 20 Apr 2023 13:12:06 GMT', '2023-04-20T13:12:06.000Z'],
    ['rfc1123', 'Thu, 20 Apr 2023 13:12:06 GMT', '2023-04-20T13:12:06.000Z'],
    ['rfc1123', 'Fri, 20 Apr 2023 13:12:06 GMT', undefined],
    ['rfc1123', '2023-04-20T13:12:06Z', undefined],
    ['epoch_s', '1681996326', '2023-04-20T13:12:06.000Z'],
    ['epoch_s', '1681996326.819', '2023-04-20T13:12:06.819Z'],
    ['epoch_s', '-0.5', '1969-12-31T23:59:59.500Z'],
    ['epoch_s', '1681996326x', undefined],
    ['epoch_s', '', undefined],
    ['epoch_s', '1681996326819', undefined],
    ['epoch_ms', '1681996326819', '2023-04-20T13:12:06.819Z'],
    ['epoch_ms', '1.681996326819e12', '2023-04-20T13:12:06.819Z'],
    ['epoch_ms', '1681996326819.5', undefined],
    ['epoch_ms', '0x1', undefined],
    ['python_logging', '2023-04-20 13:12:06,819', '2023-04-20T13:12:06.819Z'],
    ['python_logging', '2023-04-20 13:12:06,819', '2023-04-20T11:12:06.819Z', 'Europe/Berlin'],
    ['python_logging', '2023-04-20T13:12:06,819', undefined],
    ['%d/%m/%Y %H:%M:%S', '20/04/2023 13:12:06', '2023-04-20T13:12:06.000Z'],
    ['%d/%m/%Y %H:%M:%S', '20/4/2023 9:05:06', '2023-04-20T09:05:06.000Z'],
    ['%d/%m/%Y %H:%M:%S', '31/04/2023 13:12:06', undefined],
    ['%d/%m/%Y %H:%M:%S', '04/20/2023 13:12:06', undefined],
    ['%d/%m/%Y %H:%M:%S', '20/04/2023 13:12:06 UTC', undefined],
    ['%d/%b/%Y:%H:%M:%S %z', '20/Apr/2023:13:12:06 +0200', '2023-04-20T11:12:06.000Z', 'America/New_York'],
    ['%Y%m%d%H%M%S', '20230420131206', '2023-04-20T13:12:06.000Z'],
    ['%Y%m%d%H%M%S', '2023420131206', undefined],
    ['%A, %B %d, %Y %I:%M %p', 'Thursday, April 20, 2023 12:05 AM', '2023-04-20T00:05:00.000Z'],
    ['%A, %B %d, %Y %I:%M %p', 'Friday, April 20, 2023 12:05 AM', undefined],
    ['%A, %B %d, %Y %I:%M %p', 'Thursday, April 20, 2023 13:05 PM', undefined],
    ['%y-%j', '23-110', '2023-04-20T00:00:00.000Z'],
    ['%y-%j', '23-366', undefined],
    ['%FT%T.%f%z', '2023-04-20T13:12:06.819123Z', '2023-04-20T13:12:06.819Z'],
    ['%F %T %z %Z', '2023-04-20 13:12:06 +0000 UTC', '2023-04-20T13:12:06.000Z'],
    ['%F %T %z %Z', '2023-04-20 13:12:06 +0100 UTC', undefined],
    ['%F %T %Z', '2023-04-20 13:12:06 EST', undefined],
    ['[%F (%T)]', '[2023-04-20 (13:12:06)]', '2023-04-20T13:12:06.000Z'],
    ['%F %T %%', '2023-04-20 13:12:06 %', '2023-04-20T13:12:06.000Z'],
  ];
  for (const [format, text, instant, zone] of written)
    it(`written as ${format}, ${text} is ${instant ?? 'none'}${zone ? ` in ${zone}` : ''}`, () => {
      assert.equal(instantOf(format, text, zone), instant);
    });

  it('of a pattern is what a date of any century, written by it, was', () => {
    const date = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (date) => {
        const iso = date.toISOString();
        const [year, month, day] = iso.slice(0, 10).split('-') as [string, string, string];
        assert.equal(
          instantOf('%d.%m.%Y %T,%f', `${day}.${month}.${year} ${iso.slice(11, 19)},${iso.slice(20, 23)}`),
          iso,
        );
        const yearDay = (Date.parse(iso.slice(0, 10)) - Date.parse(`${year}-01-01`)) / 86_400_000 + 1;
        assert.equal(
          instantOf('%Y/%jT%T.%fZ', `${year}/${String(yearDay).padStart(3, '0')}${iso.slice(10)}`),
          iso,
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('a pattern of times', () => {
  for (const [pattern, fault] of [
    ['%m-%d %H:%M', /has no year/],
    ['%Y-%m', /has no month and day/],
    ['%Y-%m-%d %I:%M', /one of %I and %p/],
    ['%Y-%m-%d %Q', /has %Q, which is none of %Y/],
    ['%Y-%m-%d %', /has %, which is none/],
    ['%Y-%m-%d %y', /says the year twice: %Y and %y/],
  ] as const)
    it(`${pattern} is none`, () => {
      assert.throws(() => timePattern(pattern), fault);
    });
});
