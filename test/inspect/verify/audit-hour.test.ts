import assert from 'node:assert/strict';
import { hasMoved } from '../../../src/inspect/verify/audit-hour.js';
import { encodeLedger } from '../../../src/lake/ledger.js';
import { ledgerKey, stagingPrefix } from '../../../src/lake/keys.js';
import { Bench, DATASET, envelopes, HOUR_13, MINUTE, T13 } from '../../activities/bench.js';

describe('an hour that differs while it is audited', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13));
    await bench.seal(HOUR_13);
  });
  afterEach(() => bench.close());

  const scratch = (): Promise<unknown> =>
    bench.storage.put(`${stagingPrefix(DATASET, `seal-${HOUR_13}-run`)}draft`, Buffer.from('x'));

  it('has moved when another ledger stands by now', async () => {
    const former = { ...(await bench.ledger(HOUR_13)), revision: 0 };
    assert.equal(await hasMoved(bench.storage, former), true);
  });

  it('has not moved, and is not waited for, when nobody seals it', async () => {
    const startedMs = performance.now();
    assert.equal(await hasMoved(bench.storage, await bench.ledger(HOUR_13)), false);
    assert(performance.now() - startedMs < 5_000);
  });

  it('is waited for as long as a seal has its scratch there', async () => {
    await scratch();
    const ledger = await bench.ledger(HOUR_13);
    const next = Buffer.from(encodeLedger({ ...ledger, revision: 2 }));
    const moved = hasMoved(bench.storage, ledger);
    setTimeout(() => void bench.storage.put(ledgerKey(DATASET, HOUR_13), next), 600);
    assert.equal(await moved, true);
  });

  it('is judged when the seal does not come to its end', async () => {
    await scratch();
    assert.equal(await hasMoved(bench.storage, await bench.ledger(HOUR_13), 600), false);
  });
});
