import assert from 'node:assert/strict';
import { diffHours } from '../../../src/inspect/verify/diff-hours.js';
import { ledgerKey } from '../../../src/lake/keys.js';
import { encodeLedger, type Ledger } from '../../../src/lake/ledger.js';
import { Bench, DATASET, envelopes, HOUR_13, MINUTE, T13 } from '../../activities/bench.js';

describe('what reprocess would change', () => {
  let bench: Bench;
  before(async () => {
    bench = await Bench.open();
    await bench.archiveAndCarry(T13 + MINUTE, [...envelopes(1, 3, T13), ...envelopes(7, 8, T13 + 9_000)]);
    await bench.seal(HOUR_13);
  });
  after(() => bench.close());

  const diff = async () => {
    const found = [];
    for await (const each of diffHours(bench.deps, DATASET, null, null, true)) found.push(each);
    assert.equal(found.length, 1);
    return found[0]!;
  };

  it('is nothing where all is as the archive has it', async () => {
    const { changed, ledger } = await diff();
    assert.deepEqual([changed, ledger], [false, []]);
  });

  const ids = { first: 1, last: 8, missing: [] as [number, number][], missingCount: 0 };
  for (const [what, change] of [
    ['contiguous', { contiguous: false }],
    ['ids.missing', { ids, complete: 1 }],
    ['seen', { seen: 6, duplicates: 1 }],
  ] as [string, Partial<Ledger>][]) {
    it(`is told of a ledger with another ${what}`, async () => {
      const key = ledgerKey(DATASET, HOUR_13);
      const { body } = await bench.storage.get(key);
      const ledger = await bench.ledger(HOUR_13);

      await bench.storage.put(key, Buffer.from(encodeLedger({ ...ledger, ...change })));
      try {
        const told = await diff();
        assert.equal(told.changed, true);
        assert.ok(
          told.ledger.some((line) => line.startsWith(what)),
          told.ledger.join('; '),
        );
      } finally {
        await bench.storage.put(key, body);
      }
    });
  }
});
