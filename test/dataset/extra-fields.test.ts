import { logForm } from '../support/forms.js';
import assert from 'node:assert/strict';
import { type ExtraType, faultOfExtraName } from '../../src/dataset/extra-fields.js';
import { tableValue } from '../../src/dataset/table-value.js';
import { readJsonText } from '../../src/dataset/literal.js';
import { readableRow } from '../../src/dataset/readable-row.js';

const valueOf = (type: ExtraType, json: string): string | undefined => {
  const [field] = readJsonText(`{"x":${json}}`)?.fields ?? [];
  assert(field, json);
  return tableValue({ type, isOptional: true }, field);
};

describe('a field that a user adds to the schema', () => {
  for (const [type, fits, not] of [
    [
      'text',
      { '"a"': '"a"', '1.50': '"1.50"', true: '"true"', '{"a":1}': '"{\\"a\\":1}"', null: 'null' },
      [],
    ],
    [
      'integer',
      { '7': '7', '"-7"': '-7', '"007"': '7', null: 'null' },
      ['7.0', '"7 "', '"1e3"', 'true', '[]'],
    ],
    ['number', { '1.5': '1.5', '7': '7', '"-2.25e1"': '-22.5' }, ['"NaN"', '"1e999"', '".5"', '"0x1"', '{}']],
    ['boolean', { true: 'true', '"false"': 'false' }, ['1', '"True"', '""']],
  ] as const) {
    it(`holds of ${type} what every engine's view can cast, and nothing else`, () => {
      for (const [json, value] of Object.entries(fits)) assert.equal(valueOf(type, json), value, json);
      for (const json of not) assert.equal(valueOf(type, json), undefined, json);
    });
  }

  it('cannot be one that there is, a partition key, or no column’s name', () => {
    for (const name of ['user_id', 'INDATE', 'year', 'dt', 'unknown_fields', 'a-b', '1st', ''])
      assert.ok(faultOfExtraName(name), name);
    assert.equal(faultOfExtraName('sessionId'), undefined);
  });

  it('stands in its column or in unknown_fields, and in a row without it as null', () => {
    const row = (extra: string): string =>
      `{"user_id":"=u","record_id":1,"activity":"a","url":"1","method":"1","name":"n","inDate":"240229120000000","detail":{}${extra}}`;
    const read = (extra: string): unknown => {
      const text = readableRow(row(extra), logForm({ fields: [{ name: 'score', type: 'number' }] }));
      const { score, unknown_fields } = JSON.parse(text) as Record<string, unknown>;
      return [score, unknown_fields];
    };
    assert.deepEqual(read(',"score":1.5,"other":2'), [1.5, '{"other":2}']);
    assert.deepEqual(read(',"score":"much"'), [null, '{"score":"much"}']);
    assert.deepEqual(read(',"score":null'), [null, null]);
    assert.deepEqual(read(''), [null, null]);
  });
});
