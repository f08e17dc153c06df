import assert from 'node:assert/strict';
import fc from 'fast-check';
import { addHours, type Hour, hourStartMs } from '../../../src/dataset/hour.js';
import { ledgerKey } from '../../../src/lake/keys.js';
import { newestHours } from '../../../src/lake/newest-ledgers.js';
import type { ObjectInfo, Storage } from '../../../src/storage/port.js';

const NOW_MS = Date.parse('2026-11-24T04:30:00.000Z');

/** A storage that only lists, from memory, and counts what it was asked and what it gave. */
function listing(hours: readonly Hour[]) {
  const keys = [...new Set(hours)].map((hour) => ledgerKey('logs', hour)).sort();
  const asked = { listings: 0, given: 0 };
  const storage: Pick<Storage, 'list'> = {
    async *list(prefix, { startAfter = '' } = {}) {
      asked.listings += 1;
      let low = 0;
      for (let high = keys.length; low < high;) {
        const middle = (low + high) >> 1;
        if ((keys[middle] ?? '') > startAfter) high = middle;
        else low = middle + 1;
      }
      for (const key of keys.slice(low)) {
        if (!key.startsWith(prefix)) continue;
        asked.given += 1;
        yield { key } as ObjectInfo;
      }
    },
  };
  return { storage: storage as Storage, asked };
}

describe('the newest sealed hours', () => {
  it('are found wherever they lie, gaps, past and future included', async () => {
    const offsets = fc.array(
      fc.oneof(fc.integer({ min: -30, max: 30 }), fc.integer({ min: -200_000, max: 50_000 })),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(offsets, fc.integer({ min: 1, max: 30 }), async (hoursAway, count) => {
        const hours = hoursAway.map((away) => addHours('2026-11-24T04' as Hour, away));
        const { storage } = listing(hours);
        assert.deepEqual(
          await newestHours(storage, 'logs', count, NOW_MS),
          [...new Set(hours)].sort().slice(-count),
        );
      }),
      { numRuns: 200 },
    );
  });

  for (const [what, newest] of [
    ['up to now', '2026-11-24T03'],
    ['that ended two years ago', '2024-11-01T00'],
    ['that runs ahead of the clock', '2027-03-01T00'],
  ] as const) {
    it(`of ten years ${what} cost a few listings and hardly more keys than asked for`, async () => {
      const hours = Array.from({ length: 87_600 }, (_, i) => addHours(newest as Hour, -i));
      const { storage, asked } = listing(hours);
      const found = await newestHours(storage, 'logs', 24, NOW_MS);
      assert.equal(found.length, 24);
      assert.equal(hourStartMs(found.at(-1) ?? ('' as Hour)), hourStartMs(newest as Hour));
      assert(asked.listings <= 45, `${asked.listings} listings`);
      assert(asked.given <= 24 + 45, `${asked.given} keys`);
    });
  }
});
