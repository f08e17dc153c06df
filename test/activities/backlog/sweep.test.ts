import assert from 'node:assert/strict';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { Bench, DATASET } from '../bench.js';

describe('sweep', () => {
  let bench: Bench;
  beforeEach(async () => (bench = await Bench.open()));
  afterEach(() => bench.close());

  const HOUR_MS = 3_600_000;
  const mine = 'staging/logs/mine/';

  async function put(key: string, ageMs = 0): Promise<void> {
    await bench.storage.put(key, Buffer.from(key));
    const at = new Date(Date.now() - ageMs);
    await utimes(path.join(bench.dir, 'lake', key), at, at);
  }
  const sweep = () => bench.activities.sweep({ dataset: DATASET, staging: mine, olderThanMs: 24 * HOUR_MS });

  it('removes the run’s own scratch, and of others only what nobody can need any more', async () => {
    await put(`${mine}a`);
    await put(`${mine}deep/er/b`);
    await put('staging/logs/other/young', 23 * HOUR_MS);
    await put('staging/logs/other/old', 25 * HOUR_MS);
    await put('staging/traces/other/old', 25 * HOUR_MS);
    await sweep();
    assert.deepEqual(await bench.keys('staging/'), ['staging/logs/other/young', 'staging/traces/other/old']);
  });

  it('touches nothing outside of staging, however old', async () => {
    const keys = ['ledger/logs/x.json', 'logs/x', 'quarantine/logs/x', 'raw/logs/x', 'segments/logs/x'];
    for (const key of keys) await put(key, 1_000 * HOUR_MS);
    await sweep();
    assert.deepEqual(
      (await bench.keys()).filter((key) => key !== 'lake.json'),
      keys,
    );
  });

  it('does nothing where there is nothing, as often as it is asked', async () => {
    await sweep();
    await put(`${mine}a`);
    await sweep();
    await sweep();
    assert.deepEqual(await bench.keys('staging/'), []);
  });
});
