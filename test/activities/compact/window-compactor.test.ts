import { LOG_FORM, logForm } from '../../support/forms.js';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByteSink } from '../../../src/bytes/byte-sink.js';
import { compactText } from '../../../src/dataset/compaction.js';
import { encryptToken } from '../../support/fernet-mint.js';
import { EntryTable, writeEntryTable } from '../../../src/activities/compact/entry-table.js';
import { idShownBy } from '../../../src/dataset/envelope.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { TimeReader, writeTimeCode } from '../../../src/dataset/time-reader.js';
import { answerOf, type ReadableAnswer } from '../../../src/activities/decrypt/open-answer.js';
import { DecryptedWriter, readDecrypted } from '../../../src/activities/decrypt/staged-form.js';
import { writeHexIdCode } from '../../../src/dataset/hex-code.js';
import {
  compactWindow,
  type DecryptedWindow,
  decryptWindow,
  type PlainRecord,
} from '../../../src/inspect/verify/one-by-one.js';
import { WindowCompactor } from '../../../src/activities/compact/window-compactor.js';
import { encodeCompacted, encodeDecrypted, newestOf } from '../../support/staged-reference.js';
import { mangled } from '../../dataset/literal-arbitraries.js';

const RAW = '20230420T131500.000Z-aaaaaaaaaaaa';
const HEX = '954446921d7cda37f7f285ffbd7df61b5215886a1ff2b7abb55c4c29f151011f';
const form = logForm({ urls: ['/second', '/', '/é'] });

const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const time = mostly(
  fc
    .date({
      min: new Date('2023-04-20T11:00:00Z'),
      max: new Date('2023-04-20T14:00:00Z'),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString()),
  fc.constantFrom(
    '2023-02-29T10:00:00.000Z',
    '2023-04-20T24:00:00.000Z',
    '2023-04-20T13:60:00.000Z',
    '2023-04-20T13:00:60.000Z',
    '2023-04-20 13:00:00',
    '2023-04-20T13:12:07.717+02:00',
    '1999-12-31T23:59:59.999Z',
    '2023-04-22T13:12:07.717Z',
    '2023-04-20T13:12:07,717Z',
    '2023-04-20 13:12:07,717',
    '2023-04-20 13:12:07.7 +0000 UTC',
    '2023-04-20T18:42:07.717+0530',
    '2023-04-20t13:12:07.717z',
    '2023-04-20T13:12:60.717Z',
    '2023-04-20T13:59:60.000Z',
    'Thu, 20 Apr 2023 13:12:07 GMT',
    'Fri, 20 Apr 2023 13:12:07 GMT',
    '20/04/2023 13:12:07',
    '2023-04-20T13:12:07.71Z',
    '2023-04-20T1a:12:07.717Z',
    '20x3-04-20T13:12:07.717Z',
  ),
);
const user = mostly(
  hex(64),
  fc.oneof(hex(63), hex(65), fc.constantFrom(HEX.toUpperCase(), 'guest', '', `${HEX.slice(1)}g`), fc.uuid()),
);
const word = mostly(
  fc.constantFrom('view', 'cart', 'purchase', 'GET', 'json_logger'),
  fc.constantFrom('', "it's", 'say "so"', 'back\\slash', 'é', 'tab\t', '\x7f', '{}', 'a, b: c'),
);
const url = mostly(
  fc.constantFrom('/api/products/product/', '/second', '/'),
  fc.constantFrom('/third', '/é', '', '/seconds'),
);
const method = mostly(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'), fc.constantFrom('get', 'BREW', ''));
const id = mostly(fc.nat(), fc.constantFrom(0, 2 ** 53 - 1, 999_999_999_999_999, 1_000_000_000_000_000));
/** Further fields: numbers of all kinds, names, what nests, and names that are not allowed or stand already. */
const extra = fc.constantFrom(
  '',
  '',
  '',
  ", 'n': 5, 'deep': [{'a': 1, 'url': '/x'}, None, True]",
  ", 'n': 0, 'deep': [{'a': 23, 'url': '/second'}, None, True]",
  ", 'score': 1.5",
  ", 'score': -3",
  ", 'year': 1",
  ", 'URL': 'x'",
  ", 'n': 007",
  ',',
);

const quoted = (text: string): string =>
  text.includes("'") && !text.includes('"')
    ? `"${text.replaceAll('\\', '\\\\')}"`
    : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const fields = fc.record({ user, id, word, url, method, time, message: word, extra });
type Fields = typeof fields extends fc.Arbitrary<infer T> ? T : never;
const asPython = ({ user, id, word, url, method, time, message, extra }: Fields): string =>
  `{'user_id': ${quoted(user)}, 'record_id': ${id}, 'activity': ${quoted(word)}, 'url': ${quoted(url)}, 'method': ${quoted(method)}, ` +
  `'name': 'json_logger', 'inDate': ${quoted(time)}, 'detail': {'message': ${quoted(message)}, 'levelname': 'INFO'}${extra}}`;
const asJson = ({ user, id, word, url, method, time, message }: Fields): string =>
  JSON.stringify({
    inDate: time,
    user_id: user,
    record_id: id,
    activity: word,
    url,
    method,
    name: 'logger',
    detail: { message, levelname: 'INFO', line: 12 },
    ok: true,
  });
const text = fc
  .tuple(fields, mostly(fc.constant(asPython), fc.constant(asJson)))
  .map(([all, write]) => ({ id: all.id, text: write(all) }));
const plain: fc.Arbitrary<Omit<PlainRecord, 'index'>> = mostly(
  text,
  text.chain(({ id, text }) => mangled(fc.constant(text)).map((changed) => ({ id, text: changed }))),
).chain(({ id, text }) =>
  fc.record({
    id: mostly(fc.constant(id), fc.nat()),
    key: mostly(fc.constant('0011aabb'), fc.constant('ffee0099')),
    plaintext: fc.constant(Buffer.from(text)),
  }),
);
const window: fc.Arbitrary<DecryptedWindow> = fc
  .array(plain, { minLength: 1, maxLength: 60 })
  .map((records) => ({
    raw: RAW,
    records: records.map((record, index) => ({ ...record, index })),
    refusals: [{ raw: RAW, index: 99, reason: 'undecryptable' as const, detail: 'x' }],
  }));

const written = (table: EntryTable): string => {
  const out = new ByteSink();
  writeEntryTable(table, out);
  return out.written().toString();
};

const answersIn = (staged: Buffer): ReadableAnswer[] =>
  [...readDecrypted(staged)].filter((answer) => 'open' in answer);

describe('answers compacted from bytes to bytes', () => {
  const hoursMax = 2;

  it('are what the records, read one by one, make of them', () => {
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 4 }), (windows) => {
        const compactor = new WindowCompactor(form, hoursMax);
        const staged = Buffer.concat(windows.map((window) => encodeDecrypted(window)));
        answersIn(staged).forEach((found, i) => {
          const expected = compactWindow(windows[i]!, form, hoursMax);
          const table = new EntryTable(new ByteSink(1));
          const facts = compactor.compact(found, table);
          const newestId = newestOf(windows[i]!.records);
          assert.equal(written(table), encodeCompacted(expected, { newestId }));
          assert.deepEqual(facts.hours, [...new Set(expected.entries.map(({ hour }) => hour))]);
          assert.equal(facts.entries, expected.entries.length);
          assert.equal(facts.newestEventMs, expected.newestEventMs);
          assert.deepEqual(
            facts.refusals,
            expected.refusals.map(({ raw: _, ...refusal }) => refusal),
          );
        });
      }),
      { numRuns: 400 },
    );
  });

  it('leave out the other hours, where only one is wanted', () => {
    const only = '2023-04-20T12' as Hour;
    fc.assert(
      fc.property(window, (window) => {
        const staged = encodeDecrypted(window);
        const table = new EntryTable();
        const [found] = answersIn(staged);
        const { entries } = new WindowCompactor(form, hoursMax).compact(found!, table, only);
        const expected = compactWindow(window, form, hoursMax).entries.filter(({ hour }) => hour === only);
        assert.equal(entries, expected.length);
        const lines = encodeCompacted({ raw: RAW, entries: expected, refusals: [], newestEventMs: null })
          .split('\n')
          .slice(1);
        assert.deepEqual(written(table).split('\n').slice(1), lines);
      }),
      { numRuns: 200 },
    );
  });

  it('go by templates, not by reading each record: a million rows would take that long otherwise', () => {
    const records = Array.from({ length: 300 }, (_, index) => {
      const all: Fields = {
        user: HEX,
        id: index,
        word: 'view',
        url: '/',
        method: 'GET',
        time: '2023-04-20T13:12:07.717Z',
        message: 'cart',
        extra: '',
      };
      return { index, id: index, key: '0011aabb', plaintext: Buffer.from(asPython(all)) };
    });
    const staged = encodeDecrypted({ raw: RAW, records, refusals: [] });
    const compactor = new WindowCompactor(form);
    for (const found of answersIn(staged)) compactor.compact(found, new EntryTable());
    assert.equal(compactor.readOneByOne, 1);
  });
});

describe('a text with a code', () => {
  it('is a user id of 64 hex digits, and nothing else of that length', () => {
    fc.assert(
      fc.property(
        mostly(hex(64), fc.string({ unit: 'binary-ascii', minLength: 64, maxLength: 64 })),
        (id) => {
          const out = Buffer.alloc(64);
          const end = writeHexIdCode(Buffer.from(id, 'latin1'), 0, out, 3);
          const code = compactText({ kind: 'hex' }, id);
          assert.equal(end, code.startsWith('=') ? -1 : 3 + code.length);
          if (end >= 0) assert.equal(out.toString('latin1', 3, end), code);
        },
      ),
    );
  });

  it('is a time of this century that there was', () => {
    const reader = new TimeReader();
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            time,
            fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
          ),
        ),
        (times) => {
          for (const text of times) {
            const code = compactText({ kind: 'time' }, text);
            const bytes = Buffer.from(text.padEnd(24), 'latin1');
            const isRead = reader.read(bytes, 0) && text.length === 24;
            assert.equal(isRead, !code.startsWith('='), text);
            if (!isRead) continue;
            assert.equal(reader.epochMs, Date.parse(text));
            const out = Buffer.alloc(24);
            assert.equal(out.toString('latin1', 0, writeTimeCode(bytes, 0, out, 0)), code);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('an answer opened into its staged form', () => {
  const keys = [1, 2, 3].map((fill) => Buffer.alloc(32, fill).toString('base64url'));
  const ring = createKeyRing(keys.slice(0, 2));
  const token = fc
    .tuple(
      fc.constantFrom(...keys),
      fc.uint8Array({ maxLength: 400 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    )
    .map(([key, bytes, iv]) => encryptToken(key, Buffer.from(bytes), { nowSec: 1, iv: Buffer.from(iv) }));
  const envelope = fc.oneof(
    { weight: 8, arbitrary: fc.record({ recordId: fc.nat(), data: token }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<unknown>(
        null,
        7,
        {},
        { recordId: -1, data: 'x' },
        { recordId: 3, data: 'x=y' },
        { recordId: 1, data: 2 },
      ),
    },
  );

  it('is what its records, opened one by one, are written as', () => {
    const writer = new DecryptedWriter();
    fc.assert(
      fc.property(fc.array(envelope, { maxLength: 400 }), fc.boolean(), (envelopes, isBefore) => {
        const window = decryptWindow(RAW, envelopes, ring, LOG_FORM.answers);
        const out = new ByteSink(1);
        const kind = isBefore ? 'before' : 'carried';
        const answer = answerOf(ring, LOG_FORM.answers, RAW, Buffer.from(JSON.stringify(envelopes)), kind);
        const records = writer.write(answer, out);
        const ids = envelopes.map((one) => idShownBy(one, LOG_FORM.answers)).filter((id) => id !== undefined);
        const shown = {
          kind,
          elements: envelopes.length,
          newestId: newestOf(ids.map((id) => ({ id }))),
        } as const;
        assert.equal(out.written().toString('latin1'), encodeDecrypted(window, shown).toString('latin1'));
        assert.equal(records, window.records.length);
      }),
      { numRuns: 150 },
    );
  });
});
