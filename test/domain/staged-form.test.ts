import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Hour } from '../../src/domain/hour.js';
import type { QuarantineReason } from '../../src/domain/reason.js';
import {
  decodeCompacted,
  decodeDecrypted,
  encodeCompacted,
  encodeDecrypted,
} from '../../src/domain/staged-form.js';
import type { CompactedWindow, DecryptedWindow, HourEntry, Refusal } from '../../src/domain/window.js';

/** Plain objects, as JSON.parse makes them. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

const rawName = fc.constantFrom('20230420T131500.000Z-aaaaaaaaaaaa', '20230420T131600.000Z-bbbbbbbbbbbb');
const key = fc.constantFrom('0011aabb', 'ffee0099');
const reason = fc.constantFrom<QuarantineReason>('wrong-type', 'undecryptable');
const place = { index: fc.nat({ max: 99 }), id: fc.maxSafeNat(), key };
const refusalsOf = (raw: string): fc.Arbitrary<Refusal[]> =>
  fc.array(
    record({ raw: fc.constant(raw), index: fc.nat(), reason, detail: fc.string({ unit: 'binary' }) }),
    {
      maxLength: 3,
    },
  );

/** Any bytes: line breaks, zeros, halves of characters, JSON. */
const plaintext = fc
  .oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.constantFrom('\n', '\n\n{"raw":"x"}\n', '', '\0').map((text) => Buffer.from(text)),
  )
  .map((bytes) => Buffer.from(bytes));

const decrypted: fc.Arbitrary<DecryptedWindow> = rawName.chain((raw) =>
  record({
    raw: fc.constant(raw),
    records: fc.array(record({ ...place, plaintext }), { maxLength: 6 }),
    refusals: refusalsOf(raw),
  }),
);

const row = fc.string({ unit: 'binary' }).map((text) => JSON.stringify({ record_id: 1, detail: text }));
const compacted: fc.Arbitrary<CompactedWindow> = rawName.chain((raw) => {
  const common = {
    ...place,
    raw: fc.constant(raw),
    hour: fc.constantFrom('2023-04-20T13' as Hour, '2024-02-29T23' as Hour),
  };
  const entry: fc.Arbitrary<HourEntry> = fc.oneof(
    record<HourEntry>({ ...common, jsonBytes: fc.nat(), row }),
    record<HourEntry>({ ...common, jsonBytes: fc.constant(0), reason }),
  );
  return record({
    raw: fc.constant(raw),
    entries: fc.array(entry, { maxLength: 6 }),
    refusals: refusalsOf(raw),
    newestEventMs: fc.option(fc.nat()),
  });
});

describe('the staged forms', () => {
  it('give back decrypted windows byte for byte, whatever the plaintexts hold', () => {
    fc.assert(
      fc.property(fc.array(decrypted, { maxLength: 5 }), (windows) => {
        assert.deepEqual([...decodeDecrypted(encodeDecrypted(windows))], windows);
      }),
      { numRuns: 300 },
    );
  });

  it('give back compacted windows', () => {
    fc.assert(
      fc.property(fc.array(compacted, { maxLength: 5 }), (windows) => {
        assert.deepEqual(decodeCompacted(encodeCompacted(windows)), windows);
      }),
      { numRuns: 300 },
    );
  });

  it('are empty for no windows', () => {
    assert.equal(encodeDecrypted([]).length, 0);
    assert.equal(encodeCompacted([]), '');
    assert.deepEqual([[...decodeDecrypted(Buffer.alloc(0))], decodeCompacted('')], [[], []]);
  });
});
