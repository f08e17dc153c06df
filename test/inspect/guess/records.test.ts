import assert from 'node:assert/strict';
import fc from 'fast-check';
import { noKeys } from '../../../src/dataset/fernet-keys.js';
import { guess } from '../../../src/inspect/guess/guess.js';
import { written } from './landed.js';

const NOW = Date.UTC(2026, 10, 28, 20, 30);
const iso = (ms: number): string => new Date(ms).toISOString();

/** What a field may hold, each kind by itself. */
const KINDS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: fc.string(),
  words: fc.constantFrom('new', 'paid', 'sent', '${x}', 'a: b', '#1', '=', 'no', '12'),
  integer: fc.maxSafeInteger(),
  number: fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => (Object.is(value, -0) ? 0 : value)),
  boolean: fc.boolean(),
  uuid: fc.uuid(),
  method: fc.constantFrom('GET', 'PUT', 'get'),
  time: fc.integer({ min: NOW - 1e9, max: NOW }).map(iso),
  list: fc.array(fc.integer()),
  object: fc.dictionary(
    fc.constantFrom('a', 'b', 'c d', 'e.f', '__x', 'year'),
    fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.boolean())),
  ),
  null: fc.constant(null),
  mixed: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string())),
};

const names = fc.oneof(
  fc.constantFrom(
    'state',
    'amount',
    'Total',
    'user',
    'a b',
    '$${',
    'x.y',
    'dt',
    'ünder',
    'no',
    '1',
    'true',
    '#',
    'a:b',
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
);
/** The lake's own, that no record may have; and what would be taken for id or time. */
const isFree = (name: string): boolean =>
  !/^(id|at|year|month|day|hour|__proto__)$/i.test(name) && !/[^\P{C}]/u.test(name);

interface Spec {
  readonly name: string;
  readonly kind: string;
  readonly isOptional: boolean;
}

const specs: fc.Arbitrary<Spec[]> = fc.uniqueArray(
  fc.record({
    name: names.filter(isFree),
    kind: fc.constantFrom(...Object.keys(KINDS)),
    isOptional: fc.boolean(),
  }),
  { maxLength: 8, selector: ({ name }) => name.toLowerCase() },
);

const answers = fc
  .record({ specs, count: fc.integer({ min: 1, max: 30 }), firstId: fc.nat(), text: fc.boolean() })
  .chain(({ specs: all, count, firstId, text }) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, at) =>
        fc
          .tuple(
            ...all.map(({ kind, isOptional }) =>
              isOptional ? fc.option(KINDS[kind]!, { nil: undefined }) : KINDS[kind]!,
            ),
          )
          .map((values) => ({
            id: text ? `order-${firstId + at}` : firstId + at,
            at: iso(NOW - 1_000 * (count - at)),
            ...Object.fromEntries(values.map((value, i) => [all[i]!.name, value])),
          })),
      ),
    ),
  );

describe('what init makes of any records', () => {
  it('lands all of them, with the columns of the file', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const { refusals, text } = written(answer, NOW);
        assert.deepEqual(refusals, [], text);
      }),
      { numRuns: 100 },
    );
  });

  it('says of how many each was taken, and declares what may be missing or null so', () => {
    const answer = Array.from({ length: 25 }, (_, at) => ({
      order_id: `7f6c0d5e-0000-4000-8000-0000000000${String(at + 10)}`,
      created: iso(NOW - 60_000 + at),
      ...(at % 5 === 0 ? {} : { note: at % 5 === 1 ? null : `text ${at}` }),
      state: at % 2 ? 'waiting' : 'delivered',
      price: at % 2 ? 5 : 2.5,
      what: at % 2 ? 'x' : 1,
      nobody: null,
      place: { city: 'Ulm', zip: at % 2 ? 89_073 : null, tags: ['a'] },
      'a.b': 1,
    }));
    const { text, declaration } = written({ meta: { next_page: 'abc' }, data: { rows: answer } }, NOW);
    const lines = text.split('\n').map((line) => line.trim());
    for (const line of [
      'data_selector: data.rows # an array, and of its elements all 25 are objects',
      'primary_key: order_id # text in all 25, 25 of them different',
      'contiguous: false # text does not count up',
      'order_id: { type: text, compact: hex } # text in all 25; all 25 are hex digits or UUIDs',
      'created: { type: text, compact: time } # text in all 25; all 25 are times as 2026-01-31T12:00:00.000Z',
      'note: { type: text, optional: true } # text in 15 of 25; null in 5; missing in 5',
      'state: { type: text, compact: { dictionary: [ delivered, waiting ] } } # text in all 25; 2 texts make up all 25; only ever add at the end',
      'price: number # number in all 25 (float, integer)',
      'what: json # mixed in all 25 (integer, string)',
      'place: { type: object, columns: { city: text, zip: { type: integer, optional: true } } } # object in all 25',
      '# without a column: nobody: null in all 25: declare it when it holds something',
      '# without a column: a.b: no name for a column of a table',
    ])
      assert(lines.includes(line), `${line}\nin\n${text}`);
    assert.match(text, /^# yaml-language-server: \$schema=\S+fernlake\.schema\.json\n/);
    assert.match(text, /\n +# incremental: \{ cursor_param: cursor, cursor_path: meta\.next_page \} # /);
    assert.deepEqual(declaration.record.event_time, { field: 'created', format: 'iso8601', zone: 'UTC' });
  });

  const timed = (time: (ms: number, at: number) => unknown, name = 'when'): unknown[] =>
    Array.from({ length: 9 }, (_, at) => ({ id: at, [name]: time(NOW - 1_000 * (9 - at), at) }));
  const two = (number: number): string => String(number).padStart(2, '0');

  it('knows how times are written, and in which zone', () => {
    const day = (ms: number): string => two(new Date(ms).getUTCDate());
    const clock = (ms: number): string => iso(ms).slice(11, 19);
    const cases: readonly (readonly [(ms: number) => unknown, format: string, zone: string])[] = [
      [iso, 'iso8601', 'UTC'],
      [(ms) => iso(ms).slice(0, 19), 'iso8601', 'UTC'],
      [(ms) => iso(ms + 7_200_000).slice(0, 19), 'iso8601', '+02:00'],
      [(ms) => iso(ms + 19_800_000).slice(0, 19), 'iso8601', '+05:30'],
      [(ms) => ms, 'epoch_ms', 'UTC'],
      [(ms) => ms / 1000 + 0.25, 'epoch_s', 'UTC'],
      [(ms) => String(ms), 'epoch_ms', 'UTC'],
      [(ms) => new Date(ms).toUTCString(), 'rfc1123', 'UTC'],
      [(ms) => iso(ms).replace('T', ' ').replace('.', ',').slice(0, 23), 'python_logging', 'UTC'],
      [(ms) => `${day(ms)}/Nov/2026:${clock(ms)} +0000`, '%d/%b/%Y:%H:%M:%S %z', 'UTC'],
      [(ms) => `${day(ms)}.11.2026 ${clock(ms)}`, '%d.%m.%Y %H:%M:%S', 'UTC'],
      [(ms) => `${day(ms)}/11/2026 ${clock(ms)}`, '%d/%m/%Y %H:%M:%S', 'UTC'],
      [(ms) => `11/${day(ms)}/2026 ${clock(ms)}`, '%m/%d/%Y %H:%M:%S', 'UTC'],
      [(ms) => iso(ms).slice(0, 10), '%Y-%m-%d', 'UTC'],
    ];
    for (const [time, format, zone] of cases) {
      const { declaration, refusals, text } = written(timed(time), NOW);
      assert.deepEqual(declaration.record.event_time, { field: 'when', format, zone });
      assert.deepEqual(refusals, [], text);
    }
    // The fifth of December or the twelfth of May: what is near is meant, and said.
    const december = Date.UTC(2026, 11, 5, 1);
    const either = Array.from({ length: 5 }, (_, id) => ({ id, when: `05/12/2026 00:00:0${id}` }));
    const { declaration, text } = written(either, december);
    assert.equal(declaration.record.event_time.format, '%d/%m/%Y %H:%M:%S');
    assert.match(text, /%m\/%d\/%Y %H:%M:%S would fit, too/);
  });

  it('takes the time of the event, not that of a change or an end', () => {
    const record = {
      updated_at: iso(NOW),
      created_at: iso(NOW - 5_000),
      expires: iso(NOW + 3_600_000),
      number: NOW,
    };
    const { declaration } = written(
      [
        { id: 1, ...record },
        { id: 2, ...record },
      ],
      NOW,
    );
    assert.equal(declaration.record.event_time.field, 'created_at');
  });

  it('takes the id of the record, not that of a user or a number that is beyond 2^53', () => {
    const id = (answer: unknown): string => written(answer, NOW).declaration.source.primary_key;
    const at = iso(NOW);
    assert.equal(
      id([
        { user_id: 1, seq: 7, at },
        { user_id: 2, seq: 8, at },
      ]),
      'seq',
    );
    assert.equal(
      id([
        { id: 2 ** 60, key: 'a', at },
        { id: 2 ** 61, key: 'b', at },
      ]),
      'key',
    );
    // In the record another thing has that name, which no row could hold beside it.
    const inner = { id: 'x', at };
    assert.equal(
      id([
        { id: 1, no: 5, data: inner },
        { id: 2, no: 6, data: inner },
      ]),
      'no',
    );
  });

  it('says what it has seen in place of records, without content', () => {
    const at = iso(NOW);
    const seen = (answer: unknown): string => {
      const found = guess(Buffer.from(JSON.stringify(answer)), noKeys(), NOW);
      assert('seen' in found);
      assert(found.mend.length > 20);
      return found.seen;
    };
    assert.match(seen([]), /^the answer is an empty array/);
    assert.match(seen({ data: { rows: [] } }), /^its array data\.rows is an empty array/);
    assert.match(seen(['secret', 'secret']), /^the answer has 2 elements, and none is an object/);
    assert.match(
      seen({ error: 'secret' }),
      /^the answer is a JSON object with the key error, and has no array/,
    );
    assert.match(seen({ 'a.b': [{ id: 1, at }] }), /data_selector cannot say/);
    assert.match(
      seen([
        { name: 'secret', at },
        { name: 'secret', at },
      ]),
      /\(with the keys name, at\) have no field that could be an id/,
    );
    assert.match(seen([{ id: 1, state: 'secret' }]), /\(with the keys id, state\) reads as the time/);
    for (const answer of [['secret'], { error: 'secret' }, [{ id: 1, state: 'secret' }]])
      assert(!seen(answer).includes('secret'));
  });
});
