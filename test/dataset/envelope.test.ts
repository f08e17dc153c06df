import assert from 'node:assert/strict';
import { answerFormOf, readEnvelope } from '../../src/dataset/envelope.js';
import { LOG_API } from '../../src/dataset/presets.js';

const DIARY = answerFormOf(LOG_API);

describe('an envelope', () => {
  it('gives its id and token, whatever else it holds', () => {
    const element = { recordId: 2462380, ArrivalTimeStamp: 1681996326.819, data: 'gAAA', more: [] };
    assert.deepEqual(readEnvelope(element, DIARY), { ok: true, id: 2462380, payload: 'gAAA' });
    assert.deepEqual(readEnvelope({ recordId: 0, data: '' }, DIARY), { ok: true, id: 0, payload: '' });
  });

  const malformed: Record<string, unknown> = {
    null: null,
    'a list': [1, 'a'],
    'a string': 'a',
    'no id': { data: 'a' },
    'an id as text': { recordId: '1', data: 'a' },
    'a negative id': { recordId: -1, data: 'a' },
    'a fraction as id': { recordId: 1.5, data: 'a' },
    'null as id': { recordId: null, data: 'a' },
    'no token': { recordId: 1 },
    'a number as token': { recordId: 1, data: 2 },
    'a list as token': { recordId: 1, data: ['secret'] },
  };
  for (const [name, element] of Object.entries(malformed)) {
    it(`with ${name} is malformed, and the detail says why`, () => {
      const outcome = readEnvelope(element, DIARY);
      assert.ok(!outcome.ok);
      assert.equal(outcome.reason, 'malformed-envelope');
      assert.match(outcome.detail, /recordId|data|object/);
      assert.ok(!outcome.detail.includes('secret'));
    });
  }

  it('with an id beyond 2^53 - 1 has an unsafe integer', () => {
    assert.ok(readEnvelope({ recordId: Number.MAX_SAFE_INTEGER, data: 'a' }, DIARY).ok);
    const outcome = readEnvelope({ recordId: 2 ** 53, data: 'a' }, DIARY);
    assert.equal(!outcome.ok && outcome.reason, 'unsafe-integer');
  });

  it('has an id that is text where its column is declared so, or nothing is', () => {
    const { record } = LOG_API;
    const id = { ...record.columns['record_id']!, type: 'text' as const };
    const text = answerFormOf({
      ...LOG_API,
      record: { ...record, columns: { ...record.columns, record_id: id } },
    });
    const either = answerFormOf({ ...LOG_API, record: { ...record, primary_key: null } });
    for (const form of [text, either]) {
      const any = readEnvelope({ recordId: '98830', data: 'a' }, form);
      assert.deepEqual(any, { ok: true, id: '98830', payload: 'a' });
      for (const odd of ['', 'x'.repeat(1_025), 'a\ud800'])
        assert.equal(readEnvelope({ recordId: odd, data: 'a' }, form).ok, false);
    }
    assert.equal(readEnvelope({ recordId: 5, data: 'a' }, text).ok, false);
    assert.equal(readEnvelope({ recordId: 5, data: 'a' }, either).ok, true);
  });
});
