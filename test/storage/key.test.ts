import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isFernlakeError } from '../../src/errors.js';
import { checkKey, compareKeys } from '../../src/storage/key.js';

const sign = (n: number): number => Math.sign(n);

describe('a key of a lake', () => {
  it('sorts by its UTF-8 bytes, as S3 lists', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      // Around the surrogates, where UTF-16 and UTF-8 order differently.
      fc.string({ unit: fc.constantFrom('a', '/', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}') }),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(sign(compareKeys(a, b)), sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused with the reason and the lake, and nothing is transient about it', () => {
    for (const [key, reason] of [
      ['', /empty/],
      ['/a', /empty part/],
      ['a/../b', /a part "\." or "\.\."/],
      ['.tmp/a', /temporary files/],
      ['a\u0007', /control character/],
      [`${'ü'.repeat(128)}/a`, /longer than 255 bytes/],
      [`${'abc/'.repeat(256)}a`, /longer than 1024 bytes/],
    ] as const) {
      assert.throws(
        () => checkKey(key, 's3://lake'),
        (error) => {
          assert(isFernlakeError(error, 'StorageKey'));
          assert.equal(error.kind, 'terminal');
          assert.match(error.message, reason);
          assert.match(error.message, /s3:\/\/lake/);
          return true;
        },
      );
    }
  });

  it('may look like a path upwards as long as it is none', () => {
    for (const key of ['..a', 'a..', '...', 'a/.tmp/b', '.tmpx', `${'n'.repeat(255)}`])
      checkKey(key, 'file:///lake');
  });
});
