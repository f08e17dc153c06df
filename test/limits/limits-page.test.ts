import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LIMITS } from '../../src/limits.js';

const PAGE = path.resolve(import.meta.dirname, '..', '..', '..', 'docs', 'reference', 'limits.md');

describe('the page of limits', () => {
  it('names every limit of the code with its figure, and no other', () => {
    const rows = [...readFileSync(PAGE, 'utf8').matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)];
    const documented = rows.map(([, name = '', value = '']) => [name, Number(value.replaceAll(',', ''))]);
    assert.deepEqual(new Map(documented as [string, number][]), new Map(Object.entries(LIMITS)));
    assert.equal(documented.length, Object.keys(LIMITS).length);
  });
});
