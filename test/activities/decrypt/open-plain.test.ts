import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerOf } from '../../../src/activities/decrypt/open-answer.js';
import type { OpenedAnswer } from '../../../src/activities/decrypt/opened.js';
import { answerFormOf } from '../../../src/dataset/envelope.js';
import { noKeys } from '../../../src/dataset/fernet-keys.js';
import { LOG_API } from '../../../src/dataset/presets.js';
import type { RecordId } from '../../../src/dataset/record-id.js';
import { decryptWindow, plainsOf } from '../../../src/inspect/verify/one-by-one.js';
import { readAnswer } from '../../../src/activities/fetch/answer-reader.js';

interface Opened extends OpenedAnswer {
  readonly records: readonly (readonly [index: number, id: RecordId, key: string, text: string])[];
}

const formOf = (payload: string | null, data_selector: string | null = null, primary_key = 'id') =>
  answerFormOf({
    source: { ...LOG_API.source, data_selector, primary_key },
    record: { ...LOG_API.record, payload, encryption: 'none' },
  });

function open(body: string, form: ReturnType<typeof formOf>): Opened {
  const records: (readonly [number, RecordId, string, string])[] = [];
  const answer = answerOf(noKeys(), form, 'r', Buffer.from(body));
  const opened = answer.open((bytes, from, end, index, id, key) => {
    records.push([index, id, key, bytes.toString('utf8', from, end)]);
  });
  // The slow twin of `verify` sees the same.
  const { elements } = readAnswer(Buffer.from(body), form);
  const window = decryptWindow('r', elements, noKeys(), form, plainsOf(Buffer.from(body), form));
  assert.deepEqual(
    window.records.map(({ index, id, key, plaintext }) => [index, id, key, plaintext.toString()]),
    records,
  );
  assert.deepEqual(
    window.refusals.map(({ index }) => index),
    opened.refusals.map(({ index }) => index),
  );
  return { ...opened, records };
}

describe('records in the clear', () => {
  it('that are elements come by their very bytes: spelling of numbers, order of keys, blanks within', () => {
    const one = '{"b":1.50,"id":7, "a":1e2,\n"c":"\\u00fc"}';
    const { records, ...opened } = open(` [ ${one} ,{"id":9}]`, formOf(null));
    assert.deepEqual(records, [
      [0, 7, 'none', one],
      [1, 9, 'none', '{"id":9}'],
    ]);
    assert.deepEqual(opened, { elements: 2, refusals: [], newestId: 9 });
  });

  it('that are objects within elements come by their bytes, and as text by the text', () => {
    const form = formOf('payload', 'data.items', 'n');
    const body = `{"data":{"items":[{"n":1,"payload":{"x": 1.0}},{"payload":"{'x': 2}","n":2},{"n":3,"payload":{"x":0},"payload": {"x":3}}]}}`;
    assert.deepEqual(open(body, form).records, [
      [0, 1, 'none', '{"x": 1.0}'],
      [1, 2, 'none', "{'x': 2}"],
      [2, 3, 'none', '{"x":3}'],
    ]);
  });

  it('land beside what is none: each of the others is refused with the reason', () => {
    const form = formOf('payload');
    const body =
      '[{"id":1,"payload":{"a":1}},{"id":2,"payload":[1]},{"id":3},{"id":"4","payload":{}},5,{"id":6,"payload":{"a":NaN}},{"id":7,"payload":{"a":7}}]';
    const { records, refusals, newestId } = open(body, form);
    assert.deepEqual(
      records.map(([index]) => index),
      [0, 6],
    );
    assert.deepEqual(
      refusals.map(({ index, detail }) => [index, detail]),
      [
        [1, 'payload is a list, neither an object nor a string'],
        [2, 'payload is missing, neither an object nor a string'],
        [3, 'id is of type string, not a number'],
        [4, 'the element is not an object'],
        [5, 'the element is not JSON'],
      ],
    );
    assert.equal(newestId, 7);
  });

  it('are none in an answer without an array', () => {
    for (const body of ['{"items":[]}', '<html>', ''])
      assert.deepEqual(open(body, formOf(null, 'data')).records, []);
  });

  it('are each what JSON.parse reads there, whatever they hold', () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.boolean(), fc.boolean(), (all, nested, spaced) => {
        const records = all.map((fields, i) => (nested ? { id: i, r: fields } : { ...fields, id: i }));
        const body = JSON.stringify({ 'x,': '[', d: records }, null, spaced ? 1 : 0);
        const form = formOf(nested ? 'r' : null, 'd');
        const texts = open(body, form).records.map(([, , , text]) => JSON.parse(text) as unknown);
        assert.deepEqual(texts, JSON.parse(JSON.stringify(nested ? all : records)));
      }),
      { numRuns: 200 },
    );
  });
});
