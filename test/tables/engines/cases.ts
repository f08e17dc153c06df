import { type Zone, zoneNamed } from '../../../src/dataset/zone.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { SPELLINGS } from '../../support/time-spellings.js';

/** A source record, as its sender would write it in JSON, and what the readable form must say of it. */
export interface Case {
  readonly title: string;
  readonly hour: Hour;
  readonly record: SourceRecord;
  /** The instant of `inDate`, written down by hand. */
  readonly instant: string;
  /** FERNLAKE_ZONE; UTC without it. */
  readonly zone?: Zone;
}

export interface SourceRecord {
  readonly user_id: string;
  readonly record_id: number;
  readonly activity: string;
  readonly url: string;
  readonly method: string;
  readonly name: string;
  readonly inDate: string;
  readonly detail: { readonly [name: string]: unknown; readonly message: string; readonly levelname: string };
  readonly [unknown: string]: unknown;
}

/** As a user would set FERNLAKE_URLS; quotes and backslashes end up in the view's literals. */
export const CASE_URLS = ['/api/cart/', "/it's/a\\back\\slash/", '/emoji/😀'] as const;

/** As a user would set FERNLAKE_FIELDS. */
export const CASE_FIELDS = [
  { name: 'sessionId', type: 'text' },
  { name: 'score', type: 'number' },
  { name: 'count', type: 'integer' },
  { name: 'flag', type: 'boolean' },
] as const;

const PLAIN: Omit<SourceRecord, 'record_id' | 'inDate'> = {
  user_id: '1f'.repeat(32),
  activity: 'view',
  url: '/api/products/product/',
  method: 'GET',
  name: 'json_logger',
  detail: { message: 'GET view', levelname: 'INFO' },
};

const HOSTILE = [
  '"double" and \'single\' quotes',
  'back\\slash, \\n that is no line break, \\u0041',
  'a\nline\r\nbreak,\ta tab, a \u0000 zero, \u0001\u001f\u007f controls',
  '😀 👩‍👩‍👧 emoji',
  'line\u2028separator\u2029paragraph\u0085next',
  '\u0338 begins with a combining mark',
  '=1',
  '',
  ' ',
  'null',
  '{"json": [1, 2]}',
  'x'.repeat(30_000),
  '${year} %s {{}} `tick` -- ; /* */',
] as const;

const cases: Case[] = [];
let id = 1_000;

function add(
  title: string,
  time: string,
  change: Partial<SourceRecord> = {},
  instant = time,
  zone?: Zone,
): void {
  id += 1;
  cases.push({
    title,
    hour: instant.slice(0, 13) as Hour,
    instant,
    ...(zone ? { zone } : {}),
    record: { ...PLAIN, record_id: id, inDate: time, ...change } as SourceRecord,
  });
}

// Hours whose names a guess takes for text, or for octal; a leap day; edges of a month and of a year. Hours between them
// have no rows.
for (const hour of [
  '2024-02-28T03',
  '2024-02-28T08',
  '2024-02-28T09',
  '2024-02-29T23',
  '2024-03-01T00',
  '2023-12-31T23',
  '2024-01-01T00',
]) {
  for (const [i, user] of ['ab'.repeat(32), 'cd'.repeat(32), 'ab'.repeat(32)].entries()) {
    const activity = ['view', 'cart', 'purchase'][i] ?? '';
    add(`row ${i} of ${hour}`, `${hour}:0${i}:59.${i}07Z`, {
      user_id: user,
      activity,
      method: 'POST',
      detail: { message: `POST ${activity}`, levelname: i === 2 ? 'ERROR' : 'INFO' },
    });
  }
}

const at = (minute: number): string => `2024-02-29T12:${String(minute).padStart(2, '0')}:00.000Z`;

HOSTILE.forEach((text, i) => {
  add(`hostile text ${i} everywhere`, at(i), {
    user_id: text,
    activity: text,
    url: text,
    method: text,
    name: text,
    detail: { message: text, levelname: text },
  });
});
for (const method of [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'get',
  '1',
])
  add(`method ${method}`, at(20), { method });
for (const url of ['/api/products/product/', ...CASE_URLS, '/api/products/product/1', '2'])
  add(`url ${url}`, at(21), { url });
for (const user_id of [
  '0'.repeat(64),
  'f'.repeat(64),
  'fb'.repeat(32),
  '00112233445566778899aabbccddeefffbffbe00112233445566778899aabbcc',
  'AB'.repeat(32),
  'a'.repeat(43),
  'a'.repeat(22),
  '123e4567-e89b-12d3-a456-426614174000',
  'fbfffefb-ffbe-fbff-befb-ffbefbffbefb',
  '123E4567-E89B-12D3-A456-426614174000',
])
  add(`user_id ${user_id}`, at(22), { user_id });

// Spellings of a time that have no code.
add('a blank for the T', '2024-02-29 12:30:00', {}, '2024-02-29T12:30:00.000Z');
add('one decimal', '2024-02-29T12:30:00.5Z', {}, '2024-02-29T12:30:00.500Z');
add('two decimals and an offset', '2024-02-29T14:30:00.25+02:00', {}, '2024-02-29T12:30:00.250Z');
add('six decimals, cut', '2024-02-29T12:30:00.123999', {}, '2024-02-29T12:30:00.123Z');
add(
  'nine decimals and an offset over midnight',
  '2024-03-01T00:00:00.000999999+05:45',
  {},
  '2024-02-29T18:15:00.000Z',
);
add(
  'a negative offset beyond what zones have',
  '2024-02-28T12:31:00.001-23:59',
  {},
  '2024-02-29T12:30:00.001Z',
);
add(
  'a positive offset beyond what zones have',
  '2024-03-01T12:29:00.001+23:59',
  {},
  '2024-02-29T12:30:00.001Z',
);
for (const [spelling, instant] of [
  ['2024-02-29 12:30:00,123', '12:30:00.123'],
  ['2024-02-29 12:30:00,5+0000', '12:30:00.500'],
  ['2024-02-29T12:30:00+0000', '12:30:00.000'],
  ['2024-02-29 12:30:00.25 +00:00', '12:30:00.250'],
  ['2024-02-29T13:30:00.123456789+01', '12:30:00.123'],
  ['2024-02-29T18:00:00.1+0530', '12:30:00.100'],
  ['2024-02-29T09:00:00,000001-03:30', '12:30:00.000'],
  ['2024-02-29 12:30:00 UTC', '12:30:00.000'],
  ['2024-02-29 12:30:00.7 +0000 UTC', '12:30:00.700'],
  ['2024-02-29T12:30Z[UTC]', '12:30:00.000'],
  ['2024-02-29T12:30:01.5Z[Etc/UTC]', '12:30:01.500'],
  ['2024-02-29t12:30:00.123z', '12:30:00.123'],
  ['2024-02-29T12:30:00-00:00', '12:30:00.000'],
  ['2024-02-29T12:29:60Z', '12:29:59.999'],
  ['2024-02-29T17:44:60.4+0515', '12:29:59.999'],
  ['2024-02-28T24:00:00-1230', '12:30:00.000'],
  ['20240229T123000Z', '12:30:00.000'],
  ['20240229T123000.25', '12:30:00.250'],
  ['20240229T140000,5+01:30', '12:30:00.500'],
  ['Thu, 29 Feb 2024 12:30:00 GMT', '12:30:00.000'],
  ['Thu, 29 Feb 2024 12:29:60 UT', '12:29:59.999'],
  ['Fri, 01 Mar 2024 01:30:00 +1300', '12:30:00.000'],
  ['Wed, 28 Feb 2024 23:30:00 -1300', '12:30:00.000'],
] as const)
  add(`the time ${spelling}`, spelling, {}, `2024-02-29T${instant}Z`);
add('the midnight that ends a leap day', '2024-02-29T24:00:00.000-0000', {}, '2024-03-01T00:00:00.000Z');
add('another century', '1999-12-31T23:59:59.999Z');
add('another century in RFC 1123', 'Fri, 31 Dec 1999 23:59:59 -0000', {}, '1999-12-31T23:59:59.000Z');
add('the first year', '0001-01-01T00:00:00.001Z');

// Fields that nobody declared, and keys in another order.
add('unknown fields', at(40), {
  Extra: { nested: [1, 'two', null, { deep: true }] },
  camelCase: 1.5,
  unknown_fields: 'a field of that very name',
  detail: { message: 'm', levelname: 'l', extra: 'undeclared', year: 2024 },
});
add('a message that is no text', at(41), {
  detail: { levelname: 'INFO', message: 42 as unknown as string },
});
// Fields that a user may add to the schema (CASE_FIELDS), in rows that fit their columns and in some that do not.
add('added fields that fit', at(44), { sessionId: 'a-b', score: 1.5, count: 7, flag: true });
add('added fields as text', at(45), { sessionId: '', score: '-2.25e1', count: '-7', flag: 'false' });
add('added fields that do not fit', at(46), { sessionId: 7, score: 'much', count: 1.5, flag: 1 });
add('added fields that are null', at(47), { sessionId: null, score: null, count: null, flag: null });
// 10**18 is an integer of 64 bits, 10**19 is none; both in JSON's own spelling.
add('added fields beyond 2^53', at(48), { sessionId: 'big', score: 10 ** 18, count: 10 ** 19, flag: false });
add('the largest id', at(42), { record_id: Number.MAX_SAFE_INTEGER });
add('id 0', at(43), { record_id: 0 });

for (const [name, spelling, instant] of [
  ['Europe/Berlin', '2024-02-29 13:30:00,123', '2024-02-29T12:30:00.123Z'],
  ['Europe/Berlin', '20240229T133000', '2024-02-29T12:30:00.000Z'],
  ['Europe/Berlin', '2024-02-29 12:30:00.5 UTC', '2024-02-29T12:30:00.500Z'],
  ['Asia/Kolkata', '2024-02-29T18:00', '2024-02-29T12:30:00.000Z'],
  ['-03:30', '2024-02-29T09:00:00.25', '2024-02-29T12:30:00.250Z'],
  ['Europe/Berlin', '1999-12-31 23:59:59,999', '1999-12-31T22:59:59.999Z'],
  ['America/New_York', '2099-12-31 23:00:00', '2100-01-01T04:00:00.000Z'],
] as const)
  add(`the time ${spelling} in ${name}`, spelling, {}, instant, zoneNamed(name));

/** Some 100 records, in no order of ids. */
export const CASES: readonly Case[] = cases.filter(({ zone }) => !zone);

/** Times that are local to a zone; a real lake has one. */
const ZONED_CASES: readonly Case[] = cases.filter(({ zone }) => zone);

const first = cases.length;
for (const [spelling, epochMs] of SPELLINGS)
  add(`the time ${spelling}, in an hour of its own`, spelling, {}, new Date(epochMs).toISOString());

/** Beside CASES every spelling of a time, in whatever hours those are. */
export const ALL_CASES: readonly Case[] = [...CASES, ...ZONED_CASES, ...cases.slice(first)];
