import assert from 'node:assert/strict';
import { noKeys } from '../../../src/dataset/fernet-keys.js';
import { formOf } from '../../../src/dataset/form.js';
import { checkRecords } from '../../../src/inspect/doctor/records.js';
import { look } from '../../../src/inspect/doctor/sight.js';

const text = { type: 'text', optional: false, compact: null, columns: null, description: '' } as const;
const FORM = formOf({
  source: { data_selector: null, primary_key: 'no', contiguous: false },
  record: {
    ...{
      payload: 'order',
      encryption: 'none',
      format: 'auto',
      primary_key: 'order_no',
      other_columns: 'keep',
    },
    event_time: { field: 'placed', format: '%d.%m.%Y %H:%M:%S', zone: 'UTC' },
    columns: { order_no: { ...text, type: 'integer' }, placed: { ...text, compact: 'time' } },
  },
});

describe("doctor's line of records", () => {
  const said = (order: object): string => {
    const envelopes = [{ no: 1, order }];
    const body = Buffer.from(JSON.stringify(envelopes));
    const answer = { body, envelopes, status: 200, fetchedAtMs: Date.UTC(2026, 0, 2), elapsedMs: 1 };
    const { says, mend = '' } = checkRecords(look(answer, noKeys(), FORM));
    return `${says} → ${mend}`;
  };

  it('names the fields that are declared', () => {
    const placed = '01.01.2026 10:00:00';
    assert.match(said({ order_no: 1, placed }), /^all 1 would land/);
    assert.match(
      said({ order_no: 2, placed }),
      /each record under its own id: order_no must be the no around it$/,
    );
    assert.match(
      said({ order_no: 1, placed: '2026-01-01T10:00:00Z' }),
      /→ have the API write placed as %d\.%m\.%Y %H:%M:%S, or declare how it does/,
    );
    assert.match(said({ placed }), /missing-field \(no order_no\).*must have the declared columns/);
  });
});
