import assert from 'node:assert/strict';
import { stage } from '../../../src/activities/staging.js';
import { gzip } from '../../../src/bytes/gzip.js';
import { tableKey } from '../../../src/lake/keys.js';
import type { ObjectPart } from '../../../src/activities/parts.js';
import { Bench, DATASET, HOUR_13 } from '../bench.js';
import { failsAs } from './fails-as.js';

const ROWS = [5, 7, 9].map((record_id) => ({ user_id: 'x', record_id, detail: { message: 'm' } }));

describe('the self-test at the seal', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  /** An object as a faulty step would stage it, with the facts of the rows that it should hold. */
  async function upload(text: string) {
    const { storage } = bench;
    const ref = await stage(storage, 'staging/logs/x/rows.gz', await gzip(Buffer.from(text)), ROWS.length);
    const part: ObjectPart = {
      kind: 'object',
      ref,
      hour: HOUR_13,
      replaces: null,
      holds: { firstId: 5, lastId: 9 },
    };
    return await bench.activities.upload({ dataset: DATASET, rows: [part] });
  }

  it('lets rows pass, one a line', async () => {
    const { object } = await upload(ROWS.map((row) => `${JSON.stringify(row)}\n`).join(''));
    assert.equal(object?.key, tableKey(DATASET, HOUR_13));
  });

  for (const [what, text] of [
    ['an array on one line', JSON.stringify(ROWS)],
    ['a pretty-printed array', JSON.stringify(ROWS, null, 4)],
  ] as const) {
    it(`stops ${what}, at every attempt, and keeps what is staged`, async () => {
      for (let attempt = 1; attempt <= 2; attempt += 1)
        await assert.rejects(upload(`${text}\n`), failsAs('HashMismatch', 'transient', /line 1 is no row/));
      assert.deepEqual(await bench.keys('staging/'), ['staging/logs/x/rows.gz']);
    });
  }
});
