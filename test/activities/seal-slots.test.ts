import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { inSealSlot, SEALS_AT_ONCE } from '../../src/activities/seal-slots.js';

describe('seals side by side', () => {
  /** So many pieces of work that are asked for at once, each of which ends when told. */
  function start(count: number) {
    const begun: number[] = [];
    const end: (() => void)[] = [];
    const all = Array.from({ length: count }, (_, n) =>
      inSealSlot(async () => {
        begun.push(n);
        await new Promise<void>((resolve) => (end[n] = resolve));
        return n;
      }),
    );
    return { begun, end, all };
  }

  it('compute a few at a time, in the order of asking, whatever ends first', async () => {
    const { begun, end, all } = start(SEALS_AT_ONCE + 2);
    await setImmediate();
    assert.deepEqual(begun, [0, 1, 2].slice(0, SEALS_AT_ONCE));
    end[1]!();
    await setImmediate();
    assert.deepEqual(begun, [0, 1, 2, 3]);
    end[0]!();
    await setImmediate();
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);
    for (const n of [2, 3, 4]) end[n]!();
    assert.deepEqual(await Promise.all(all), [0, 1, 2, 3, 4]);
  });

  it('pass the turn on from one that fails', async () => {
    const failing = Array.from({ length: 2 * SEALS_AT_ONCE }, () =>
      inSealSlot(() => Promise.reject(new Error('storage'))),
    );
    for (const one of await Promise.allSettled(failing)) assert.equal(one.status, 'rejected');
    assert.equal(await inSealSlot(() => Promise.resolve('next')), 'next');
  });
});
