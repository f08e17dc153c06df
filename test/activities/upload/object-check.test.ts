import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { ObjectCheck, type ObjectFacts } from '../../../src/activities/upload/object-check.js';

const rows = [5, 7, 9].map((record_id) => ({ user_id: 'x', record_id, detail: { message: 'm' } }));
const FACTS = { rows: 3, firstId: 5, lastId: 9 };
const lines = (values: readonly object[]): string => values.map((row) => `${JSON.stringify(row)}\n`).join('');

/** In one chunk, and line by line: the same verdict. */
function faultOfObject(unpacked: string, facts: ObjectFacts): string | undefined {
  const [whole, pieces] = [new ObjectCheck(LOG_FORM), new ObjectCheck(LOG_FORM)];
  whole.take(Buffer.from(unpacked));
  for (const line of unpacked.split(/(?<=\n)/)) pieces.take(Buffer.from(line));
  assert.equal(pieces.fault(facts), whole.fault(facts));
  return whole.fault(facts);
}

describe('the self-test of a landed object', () => {
  it('finds nothing in rows, one a line', () => {
    assert.equal(faultOfObject(lines(rows), FACTS), undefined);
  });

  // The predecessor's two objects: Athena showed one row of the first, and of the second thousands without a user_id.
  it('finds an array on one line', () => {
    assert.equal(faultOfObject(`${JSON.stringify(rows)}\n`, FACTS), 'line 1 is no row');
  });

  it('finds an array that is pretty-printed', () => {
    assert.equal(faultOfObject(`${JSON.stringify(rows, null, 4)}\n`, FACTS), 'line 1 is no row');
    const inner = JSON.stringify(rows[0], null, 4);
    assert.equal(faultOfObject(`${inner}\n`, { ...FACTS, rows: 1 }), 'line 1 is no row');
  });

  it('finds a row too few, one too many, another order, and a line that does not end', () => {
    assert.equal(faultOfObject(lines(rows.slice(1)), FACTS), 'it has 2 rows, not 3');
    assert.equal(faultOfObject(lines([...rows, ...rows]), FACTS), 'it has 6 rows, not 3');
    assert.match(faultOfObject(lines([...rows].reverse()), FACTS) ?? '', /from 9 to 5, not from 5 to 9/);
    assert.equal(faultOfObject(lines(rows).slice(0, -1), FACTS), 'its last line does not end');
    assert.match(faultOfObject('{}\n'.repeat(3), FACTS) ?? '', /from nothing to nothing/);
    assert.equal(faultOfObject('\n', { ...FACTS, rows: 1 }), 'line 1 is no row');
  });
});
