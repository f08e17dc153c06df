import assert from 'node:assert/strict';
import type { Hour } from '../../src/dataset/hour.js';
import {
  completeness,
  decodeLedger,
  encodeLedger,
  type Ledger,
  quarantinedTotal,
} from '../../src/lake/ledger.js';

const ledger: Ledger = {
  dataset: 'logs',
  hour: '2023-04-20T13' as Hour,
  revision: 2,
  sealedAt: '2023-04-20T14:05:00.000Z',
  code: '0.1.0',
  definition: '0123456789ab',
  contiguous: true,
  seen: 7,
  landed: 3,
  duplicates: 2,
  quarantined: { 'wrong-type': 1, 'conflicting-duplicate': 1 },
  erased: 0,
  late: 1,
  ids: { first: 1, last: 5, missing: [[4, 4]], missingCount: 1 },
  complete: 0.75,
  object: { key: 'logs/x', bytes: 1, sha256: 'ab', etag: '"e"', rows: 3 },
  sizes: { json: 3, compact: 2, gzip: 1 },
  keys: { '0011aabb': 3 },
  raw: ['raw/logs/x'],
};

describe('a ledger', () => {
  it('comes back from its text as it was, in the order of the design', () => {
    const text = encodeLedger(ledger);
    assert.deepEqual(decodeLedger(text), ledger);
    assert.ok(text.endsWith('}\n'));
    assert.equal(encodeLedger(decodeLedger(text)), text);
  });

  it('sums what is in quarantine, so that seen = landed + duplicates + quarantined + erased can be held against it', () => {
    assert.equal(quarantinedTotal({}), 0);
    const { landed, duplicates, quarantined, erased } = ledger;
    assert.equal(ledger.seen, landed + duplicates + quarantinedTotal(quarantined) + erased);
  });

  it('gives completeness as a fraction', () => {
    assert.equal(completeness(3, 1), 0.75);
    assert.equal(completeness(0, 0), 1);
    assert.equal(completeness(0, 5), 0);
  });

  for (const text of ['', '<html>', 'null', '[]', '5', '{}', '{"hour":"2023-04-20T13"}', '{"raw":[]}']) {
    it(`is not ${text === '' ? 'an empty text' : text}`, () => {
      assert.throws(() => decodeLedger(text), SyntaxError);
    });
  }
});
