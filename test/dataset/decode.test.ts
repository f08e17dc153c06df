import { logForm } from '../support/forms.js';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { decodeRow, toPythonRepr } from '../../src/dataset/decode.js';
import { isFernlakeError } from '../../src/errors.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { decryptTokens } from '../../src/activities/decrypt/fernet.js';
import { readLiteralText } from '../../src/dataset/literal.js';
import { readRecord } from '../../src/dataset/record.js';
import { runPython } from '../support/python.js';
import { CAPTURE_KEY, type CaptureEnvelope, sharedJson } from '../support/shared-data.js';

const form = logForm({ urls: ['/second', '='] });
const ARRIVAL_MS = Date.parse('2099-01-01T00:00:00Z');

const REPR_OF_ASSIGNED = `
import json, sys, unicodedata
def assigned(text): return all(unicodedata.category(c) != 'Cn' for c in text)
print(json.dumps([repr(json.loads(text)) if assigned(text) else None for text in json.load(sys.stdin)]))
`;

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom(
    `it's`,
    `"`,
    `'"`,
    '\\',
    '\\n',
    '\n',
    '\0',
    '\u2028',
    '=',
    '==',
    '1',
    '__proto__',
    '\u007f',
    '😀',
    '',
  ),
);
const number = fc.oneof(
  fc.integer().map(String),
  fc.maxSafeInteger().map(String),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .map((value) => JSON.stringify(value))
    .filter((spelling) => /[.e]/.test(spelling)),
  fc.constantFrom('1.50', '-0', '0.0', '1E+05', '1e-7', '100000000000000000000.0', '0.1000000000000000055'),
);
const string = text.map((value) => JSON.stringify(value));

/** Minified JSON text of a dict whose keys are told apart without regard to case. */
function dictOf(
  value: fc.Arbitrary<string>,
  keep: (name: string) => boolean = () => true,
): fc.Arbitrary<string> {
  return fc
    .uniqueArray(fc.tuple(text.filter(keep), value), {
      maxLength: 4,
      selector: ([name]) => name.toLowerCase(),
    })
    .map((pairs) => `{${pairs.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`);
}

const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    string,
    number,
    fc.constantFrom('true', 'false', 'null'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
    dictOf(tie('value')),
  ),
}));

const TAKEN = new Set(
  'user_id record_id activity url method name indate detail year month day hour'.split(' '),
);
const time = fc.date({
  min: new Date('1950-01-01'),
  max: new Date(ARRIVAL_MS),
  noInvalidDate: true,
});
const hex = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

/** A record that can land, as minified JSON, its fields in any order. */
const record = fc
  .record({
    id: fc.maxSafeNat(),
    user: fc.oneof(hex, fc.uuid(), text),
    url: fc.oneof(text, fc.constantFrom('/api/products/product/', '/second')),
    method: fc.oneof(text, fc.constantFrom('GET', 'POST', 'CONNECT')),
    activity: string,
    name: string,
    date: fc
      .tuple(time, fc.constantFrom('Z', '+05:30', '', '123Z'))
      .map(([date, end]) => date.toISOString().replace('Z', end)),
    detail: dictOf(value),
    more: fc.uniqueArray(
      fc.tuple(
        text.filter((name) => !TAKEN.has(name.toLowerCase())),
        value,
      ),
      {
        maxLength: 4,
        selector: ([name]) => name.toLowerCase(),
      },
    ),
  })
  .chain(({ id, user, url, method, activity, name, date, detail, more }) => {
    const fields: [string, string][] = [
      ['user_id', JSON.stringify(user)],
      ['record_id', String(id)],
      ['activity', activity],
      ['url', JSON.stringify(url)],
      ['method', JSON.stringify(method)],
      ['name', name],
      ['inDate', JSON.stringify(date)],
      ['detail', detail],
      ...more,
    ];
    const all = fc.shuffledSubarray(fields, { minLength: fields.length });
    return all.map((shuffled) => ({
      id,
      json: `{${shuffled.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(',')}}`,
    }));
  });

describe('decoding a landed row', () => {
  it('gives back every record that can land, to the byte, from JSON and from Python text', () => {
    fc.assert(
      fc.property(record, ({ id, json }) => {
        for (const source of [json, toPythonRepr(json)]) {
          const outcome = readRecord(Buffer.from(source), id, form, ARRIVAL_MS);
          assert.ok(outcome.ok, outcome.ok ? '' : outcome.detail);
          assert.ok(!outcome.row.includes('\n'));
          assert.equal(decodeRow(outcome.row, form), json);
          assert.equal(outcome.jsonBytes, Buffer.byteLength(json));
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('gives back the very plaintexts of the real capture', function () {
    const envelopes = sharedJson(this, 'log-api-capture.json') as CaptureEnvelope[];
    const outcomes = decryptTokens(
      createKeyRing([CAPTURE_KEY]),
      envelopes.map(({ data }) => data),
    );
    outcomes.forEach((outcome, i) => {
      assert.ok(outcome.ok);
      const landed = readRecord(outcome.plaintext, envelopes[i]?.recordId ?? -1, form, ARRIVAL_MS);
      assert.ok(landed.ok);
      assert.equal(toPythonRepr(decodeRow(landed.row, form)), outcome.plaintext.toString());
    });
  });

  it('refuses what is no landed row', () => {
    for (const row of [
      '',
      '[]',
      '{',
      '{"url":1}',
      '{"method":"x"}',
      '{"inDate":"999999999999999"}',
      "{'a': 1}",
    ]) {
      assert.throws(
        () => decodeRow(row, form),
        (error) => isFernlakeError(error, 'LakeCorrupt'),
        row,
      );
    }
    assert.throws(
      () => decodeRow('{"url":"9"}', form),
      (error) => isFernlakeError(error, 'Configuration'),
    );
  });
});

describe('the Python form', () => {
  it('of a value is read as the same value again', () => {
    fc.assert(
      fc.property(dictOf(value), (json) => {
        const result = readLiteralText(toPythonRepr(json));
        assert.ok(result.ok);
        assert.equal(`{${result.fields.map((f) => `${JSON.stringify(f.name)}:${f.json}`).join(',')}}`, json);
      }),
    );
  });

  it("is Python's own repr", function () {
    // Unassigned characters are left out on both sides: which ones they are depends on the version of Unicode.
    const known = fc.string({ unit: 'binary' }).map((s) => s.replace(/[\p{Cn}\p{Surrogate}]/gu, '?'));
    const odd = fc.constantFrom(`it's`, `"'`, '\u2028', '\u00ad', '\u00a0', '\\', '\x7f\x00');
    const sample = fc.sample(fc.oneof(known, odd), 3000);
    const jsons = sample.map((s) => JSON.stringify({ [s]: [s, 1, -1.5, true, false, null, {}, []] }));
    const reprs = runPython(this, REPR_OF_ASSIGNED, jsons) as (string | null)[];
    const compared = jsons.filter((json, i) => {
      const repr = reprs[i] ?? null;
      if (repr !== null) assert.equal(toPythonRepr(json), repr);
      return repr !== null;
    });
    assert.ok(compared.length > 1500, `only ${compared.length} were compared`);
    assert.equal(
      toPythonRepr(`{"a":"it's","b":["\\"'",1.50,null]}`),
      String.raw`{'a': "it's", 'b': ['"\'', 1.50, None]}`,
    );
  });
});
