import assert from 'node:assert/strict';
import { addHours, type Hour } from '../../../src/dataset/hour.js';
import { findRecord } from '../../../src/inspect/find/find-record.js';
import { ledgerKey, tableKey } from '../../../src/lake/keys.js';
import { encodeLedger, type Ledger } from '../../../src/lake/ledger.js';
import type { Storage } from '../../../src/storage/port.js';
import { Bench, DATASET, envelopes, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from '../../activities/bench.js';
import { LOG_FORM } from '../../support/forms.js';
import { memoryStorage } from '../../support/memory-storage.js';
import { textElement, textForm } from '../../support/text-ids.js';

/** The same storage, which counts what it is asked. */
function counting(storage: Storage): { storage: Storage; asked: () => number } {
  let asked = 0;
  const counted = new Proxy(storage, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        asked += 1;
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { storage: counted, asked: () => asked };
}

describe('a record is found', function () {
  this.timeout(60_000);

  it('by text ids that ascend with nothing, wherever they are', async () => {
    const form = textForm(null);
    const bench = await Bench.open({ form });
    try {
      const ids = Array.from({ length: 30 }, (_, i) => `${(i * 7919) % 1000}-${i}`);
      const hours = [HOUR_12, HOUR_13, HOUR_14];
      const at = (i: number): number => T13 - 60 * MINUTE + (i % 3) * 60 * MINUTE + i * 1_000;
      await bench.archiveAndCarry(
        T13 + 240 * MINUTE,
        ids.map((id, i) => textElement(id, at(i), i)),
      );
      for (const hour of hours) await bench.seal(hour, { contiguousIds: false });
      const { storage } = bench;
      const formOfLedger = () => Promise.resolve(form);
      const input = { storage, dataset: DATASET, form, formOfLedger, nowMs: T13 };
      for (const [i, id] of ids.entries()) {
        const { outcome, hour } = await findRecord(input, id);
        assert.deepEqual([outcome, hour], ['landed', hours[i % 3]], id);
      }
      assert.equal((await findRecord(input, 'nobody')).outcome, 'unseen');
    } finally {
      await bench.close();
    }
  });

  it('in a lake of three years by some dozens of requests', async () => {
    const made = memoryStorage();
    const bench = await Bench.openOver(made);
    const years = 3 * 365 * 24;
    try {
      await bench.archiveAndCarry(T13 + 90 * MINUTE, envelopes(500_000, 500_009, T13));
      await bench.sealAll([HOUR_13]);
      const own = await bench.ledger(HOUR_13);
      // Its hour is somewhere in the middle; of the others the ledger alone is there.
      for (let n = -years / 2; n < years / 2; n += 1) {
        const hour = addHours(HOUR_13, n);
        const first = 500_000 + 10 * n;
        if (n !== 0) await made.put(ledgerKey(DATASET, hour), Buffer.from(otherLedger(own, hour, first)));
      }
      const { storage, asked } = counting(made);
      const formOfLedger = () => Promise.resolve(LOG_FORM);
      const input = { storage, dataset: DATASET, form: LOG_FORM, formOfLedger, nowMs: T13 };
      const story = await findRecord(input, 500_007);
      assert.deepEqual([story.outcome, story.hour], ['landed', HOUR_13]);
      assert(asked() < 80, `${asked()} requests`);
    } finally {
      await bench.close();
    }
  });
});

const otherLedger = (own: Ledger, hour: Hour, first: number): string =>
  encodeLedger({
    ...own,
    hour,
    ids: { first, last: first + 9, missing: [], missingCount: 0 },
    object: own.object && { ...own.object, key: tableKey(DATASET, hour) },
  });
