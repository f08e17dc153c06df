import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formOf } from '../../../src/dataset/form.js';
import { hourOf } from '../../../src/dataset/hour.js';
import { LOG_API } from '../../../src/dataset/presets.js';
import { sampleOf } from '../../../src/inspect/doctor/sample.js';

const FORM = formOf(LOG_API);

describe("doctor's sample of a record", () => {
  const sample = (record: object, values = false) => {
    const json = JSON.stringify(record);
    const taken = { element: record, plaintext: Buffer.from(json), row: json, hour: hourOf(0) };
    return sampleOf(taken, FORM, values);
  };

  it('tells type and length of each value', () => {
    const { record } = sample({
      a: '',
      b: 'äö',
      c: '7f6c0d5e-0000-4000-8000-000000000010',
      d: 'deadbeef01',
      e: '2026-01-31 12:00',
      f: '=text',
      g: `gAAAAA${'x'.repeat(94)}`,
      h: [{ x: 1 }, 2, 3],
      i: -1234,
      j: 1.5,
      k: true,
      l: null,
      m: [],
    });
    assert.deepEqual(record, {
      a: '‹empty›',
      b: '‹2 characters›',
      c: '‹UUID›',
      d: '‹10 hex digits›',
      e: '‹time, 16 characters›',
      f: '‹= and 4 characters›',
      g: '‹Fernet token, 100 characters›',
      h: [{ x: '‹integer, 1 digit›' }, '‹and 2 more›'],
      i: '‹integer, 4 digits›',
      j: '‹number with a fraction›',
      k: '‹true or false›',
      l: null,
      m: [],
    });
  });

  it('shows names that are declared, or look like names, and no others', () => {
    const { record } = sample({
      user_id: 1,
      state: 1,
      'ann@example.com': 1,
      detail: { '0049 731': 1, levelname: 1 },
    });
    assert.deepEqual(Object.keys(record), ['user_id', 'state', '‹name 3, 15 characters›', 'detail']);
    assert.deepEqual(Object.keys(record['detail'] as object), ['‹name 1, 8 characters›', 'levelname']);
  });

  it('shows nothing of any value', () => {
    const secret = fc.stringMatching(/^[qxzQXZ]{3,20}$/);
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 3 },
        secret,
        fc.array(tie('any')),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('any')),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), value), (record) => {
        assert.doesNotMatch(JSON.stringify(sample(record)), /[qxz]{2}/i);
      }),
      { numRuns: 200 },
    );
  });

  it('shows values on demand, numbers with all their digits', () => {
    const text = '{"id":12345678901234567890,"price":1.50}';
    const taken = { element: {}, plaintext: Buffer.from(text), row: text, hour: hourOf(0) };
    assert.deepEqual(sampleOf(taken, FORM, true).record, { id: '12345678901234567890', price: '1.50' });
  });
});
