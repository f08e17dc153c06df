import assert from 'node:assert/strict';
import fc from 'fast-check';
import { WHOLE } from './examples.js';
import { readWritten } from './written.js';

const SECRET = 'geheim-geheim';
const KEY = Buffer.alloc(32, 5).toString('base64url');
const PLACE = /^fernlake\.yaml:[1-9]\d*:[1-9]\d*: \S/;
/** What slips in: marks of YAML, names, values, blanks. */
const slip = fc.oneof(
  fc.constantFrom(
    ...[
      '\t',
      '\n',
      '  ',
      ':',
      ': ',
      '-',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '#',
      '&a ',
      '*a',
      '|',
      '>',
      '!x ',
      '${',
      '}',
      '?',
      ',',
      '~',
      '%',
      '@',
    ],
  ),
  fc.constantFrom(
    '"${API_TOKEN}"',
    '${FERNET_KEYS}',
    '__proto__: 1',
    'null',
    'true',
    '1.10',
    '\u{feff}',
    '\r\n',
    '---\n',
  ),
  fc.string({ maxLength: 8 }),
);

describe('any text as fernlake.yaml', () => {
  it('is taken, or told what is wrong with it by line and column, and no secret', () => {
    const at = fc.nat({ max: WHOLE.length });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(at, fc.nat({ max: 12 }), slip), { minLength: 1, maxLength: 4 }),
        (slips) => {
          const text = slips.reduce(
            (so, [from, length, more]) => so.slice(0, from) + more + so.slice(from + length),
            WHOLE,
          );
          const { settings, faults } = readWritten({ text, env: { FERNET_KEYS: KEY, API_TOKEN: SECRET } });
          assert.equal(settings === undefined, faults.length > 0);
          for (const fault of faults) {
            assert.match(fault, PLACE);
            assert.doesNotMatch(fault, /undefined|\[object/);
            assert(!fault.includes(SECRET) && !fault.includes(KEY), fault);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
