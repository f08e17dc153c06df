import assert from 'node:assert/strict';
import { parseRetryAfter } from '../../../src/activities/fetch/retry-after.js';

const NOW_MS = Date.parse('2023-04-20T13:00:00Z');

describe('Retry-After', () => {
  const cases: [string | undefined, number | undefined][] = [
    ['120', 120_000],
    ['3600', 3_600_000],
    ['0', 0],
    [' 5 ', 5_000],
    ['99999999999999999999', 86_400_000],
    ['Thu, 20 Apr 2023 13:00:30 GMT', 30_000],
    ['Thursday, 20-Apr-23 13:00:30 GMT', 30_000],
    ['Thu Apr 20 13:00:30 2023 GMT', 30_000],
    ['Thu, 20 Apr 2023 12:00:00 GMT', 0],
    ['Fri, 20 Apr 2029 12:00:00 GMT', 86_400_000],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [header, waitMs] of cases) {
    it(`${header ?? 'absent'} means ${waitMs === undefined ? 'nothing' : `${waitMs} ms`}`, () => {
      assert.equal(parseRetryAfter(header, NOW_MS), waitMs);
    });
  }
});
