import assert from 'node:assert/strict';
import { ledgerKey } from '../../../src/lake/keys.js';
import { Bench, DATASET, envelope, envelopes, HOUR_13, MINUTE, T13 } from '../bench.js';
import { failsAs } from './fails-as.js';
import { busy, faulty, once } from '../faulty-storage.js';

describe('settle', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const sealedAt = '2023-04-20T14:05:00.000Z';
  const ledgerAt = ledgerKey(DATASET, HOUR_13);

  /** An hour with a conflict, merged and uploaded: what is left is to settle. */
  async function ready() {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13), 'a');
    await bench.archiveAndCarry(T13 + 2 * MINUTE, [envelope(1, T13, { activity: 'x' })], 'b');
    const { dataset, staging, draft, rows } = await bench.merge(HOUR_13);
    const object = await bench.place(staging, rows);
    return { dataset, staging, hour: HOUR_13, draft, object, sealedAt };
  }

  it('writes the quarantine, the definition, then the ledger, and only then removes the segments', async () => {
    const input = await ready();
    const { storage, calls } = faulty(bench.storage);
    await bench.with({ storage }).activities.settle(input);
    const writes = calls.filter((call) => /^(put|delete)/.test(call)).map((call) => call.split('/')[0]);
    assert.deepEqual(writes, ['put quarantine', 'put definition', 'put ledger', 'delete segments']);
  });

  it('gives the summary of the ledger that it wrote, and its time to the letter', async () => {
    const { ledger, recheck } = await bench.activities.settle(await ready());
    const stored = await bench.ledger(HOUR_13);
    assert.equal(stored.sealedAt, sealedAt);
    assert.deepEqual(recheck, []);
    assert.deepEqual(
      [ledger?.seen, ledger?.landed, ledger?.quarantined, ledger?.raws, ledger?.firstId, ledger?.lastId],
      [4, 3, { 'conflicting-duplicate': 1 }, 2, 1, 3],
    );
    assert.deepEqual(ledger?.object, stored.object);
    assert.equal(stored.sizes.gzip, stored.object?.bytes);
    assert.equal(stored.seen, stored.landed + stored.duplicates + 1);
  });

  for (const [where, fits] of [
    ['before the quarantine', 'put quarantine before'],
    ['after the quarantine', 'put quarantine after'],
    ['before the ledger', 'put ledger before'],
    ['after the ledger', 'put ledger after'],
    ['before the segments go', 'delete segments before'],
    ['after the segments have gone', 'delete segments after'],
  ] as const) {
    it(`leaves the same lake when it dies ${where} and runs again`, async () => {
      const input = await ready();
      const [operation, folder, when] = fits.split(' ');
      const fault = once(
        (call) =>
          call.operation === operation && call.when === when && call.key.startsWith(`${folder ?? ''}/`),
        busy,
      );
      const shaky = bench.with({ storage: faulty(bench.storage, fault).storage });
      await assert.rejects(shaky.activities.settle(input), failsAs('StorageBusy', 'transient'));
      if (fits !== 'delete segments after') assert.equal((await bench.keys('segments/')).length, 2);
      const { ledger } = await shaky.activities.settle(input);
      assert.equal(ledger?.landed, 3);
      assert.deepEqual(await bench.keys('segments/'), []);
      assert.equal((await bench.ledger(HOUR_13)).revision, 1);
      const { merged } = await bench.seal(HOUR_13);
      assert.equal(merged.outcome, 'nothing');
    });
  }

  it('gives way to another seal that wrote the ledger first, and keeps the segments', async () => {
    const input = await ready();
    await bench.storage.put(ledgerAt, Buffer.from('{"hour":"2023-04-20T13","raw":[],"revision":7}'));
    await assert.rejects(
      bench.activities.settle(input),
      failsAs('LedgerConflict', 'terminal', /another seal/),
    );
    assert.equal((await bench.keys('segments/')).length, 2);
  });

  it('gives way where the ledger that it replaces has changed or is gone', async () => {
    await bench.activities.settle(await ready());
    await bench.archiveAndCarry(T13 + 3 * MINUTE, envelopes(4, 5, T13), 'c');
    const { dataset, staging, draft, rows } = await bench.merge(HOUR_13);
    const object = await bench.place(staging, rows);
    await bench.storage.delete([ledgerAt]);
    await assert.rejects(
      bench.activities.settle({ dataset, staging, hour: HOUR_13, draft, object, sealedAt }),
      failsAs('LedgerConflict', 'terminal'),
    );
    assert.equal((await bench.keys('segments/')).length, 1);
  });

  it('lets two seals of the same hour end in one truth', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13), 'a');
    const slow = await bench.merge(HOUR_13);
    await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(3, 6, T13 + 2_000), 'b');
    await bench.seal(HOUR_13);
    if (slow.rows.length > 0)
      await assert.rejects(bench.place(slow.staging, slow.rows), failsAs('LedgerConflict', 'terminal'));
    const { merged } = await bench.seal(HOUR_13);
    assert.equal(merged.outcome, 'nothing');
    assert.deepEqual(await bench.landedIds(HOUR_13), [1, 2, 3, 4, 5, 6]);
  });

  it('says that its draft is gone, so that the hour is merged again', async () => {
    const input = await ready();
    await bench.storage.delete([input.draft.uri.slice(bench.storage.uri.length + 1)]);
    await assert.rejects(bench.activities.settle(input), failsAs('StagedBlobGone', 'terminal'));
  });
});
