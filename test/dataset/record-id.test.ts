import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareIds, faultOfTextId, idMark } from '../../src/dataset/record-id.js';
import { LIMITS } from '../../src/limits.js';

/** Texts that differ where the order of UTF-16 is not that of UTF-8, where one begins the other, and where they are digits. */
const unit = fc.constantFrom(
  'a',
  'b',
  '0',
  '9',
  '\0',
  '"',
  '\\',
  'é',
  '\u{d7ff}',
  '\u{e000}',
  '\u{ffff}',
  '\u{10000}',
  '😀',
);
const text = fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' }));

describe('ids', () => {
  it('that are text are ordered by the bytes of their UTF-8', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareIds(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000 },
    );
    // As JavaScript orders them, this would be the other way round.
    assert.ok(compareIds('\u{ffff}', '\u{10000}') < 0 && '\u{ffff}' > '\u{10000}');
  });

  it('that are numbers come before all texts, in their own order', () => {
    const sorted = ['10', 9, '9', 10, '', 0].sort(compareIds);
    assert.deepEqual(sorted, [0, 9, 10, '', '10', '9']);
  });

  it('have a limit, and no text that UTF-8 does not hold', () => {
    const longest = 'é'.repeat(LIMITS.idBytesMax / 2);
    assert.equal(faultOfTextId(longest), undefined);
    assert.equal(faultOfTextId(`${longest}a`), 'has over 1024 bytes');
    assert.equal(faultOfTextId(''), 'is an empty text');
    assert.equal(faultOfTextId('a\ud800'), 'holds half of a surrogate pair');
    assert.equal(faultOfTextId('😀'), undefined);
  });

  it('that are text stand in no history, log or error', () => {
    assert.equal(idMark(17), 17);
    assert.match(String(idMark('ann@example.com')), /^[0-9a-f]{12}$/);
  });
});
