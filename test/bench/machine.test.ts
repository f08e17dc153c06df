import assert from 'node:assert/strict';
import { processorTimes, stolenSince } from '../../bench/support/machine.js';

describe('what the hypervisor takes while a bench runs', () => {
  it('is a share of what was wanted since the start', function () {
    const now = processorTimes();
    if (!now) {
      console.warn('skipped: this system does not tell its processor times');
      return void this.skip();
    }
    const earlier = { wanted: now.wanted - 100_000, stolen: now.stolen - 4_000 };
    const { stolenPercent = Number.NaN } = stolenSince(earlier);
    assert.ok(Math.abs(stolenPercent - 4) < 0.5, `${stolenPercent} %`);
  });

  it('is not told where nothing is known of the start, or nothing was wanted since', () => {
    assert.deepEqual(stolenSince(undefined), {});
    assert.deepEqual(stolenSince({ wanted: Number.MAX_SAFE_INTEGER, stolen: 0 }), {});
  });
});
