import assert from 'node:assert/strict';
import { checkLake } from '../../../src/inspect/doctor/lake.js';
import type { Condition, Storage } from '../../../src/storage/port.js';
import { keysUnder, tempLake, type TempLake } from '../../support/lake.js';

/** The folder, but for the conditions of this kind, which it takes no notice of: as some S3-compatible stores do. */
function ignoring(storage: Storage, kind: Condition['kind']): Storage {
  const put: Storage['put'] = (key, body, condition) =>
    storage.put(key, body, condition?.kind === kind ? undefined : condition);
  return new Proxy(storage, {
    get: (target, name) => {
      if (name === 'put') return put;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('the look at a lake', () => {
  let lake: TempLake;
  before(async () => {
    lake = await tempLake();
  });
  after(() => lake?.remove());

  const states = async (storage: Storage): Promise<string[]> =>
    (await checkLake(() => Promise.resolve(storage), 'logs', 'test')).map(({ state }) => state);

  it('finds a folder well and leaves nothing behind', async () => {
    assert.deepEqual(await states(lake.storage), ['ok', 'ok', 'ok', 'ok', 'ok']);
    assert.deepEqual(await keysUnder(lake.storage, ''), []);
  });

  for (const [kind, header] of [
    ['absent', 'If-None-Match'],
    ['matches', 'If-Match'],
  ] as const) {
    it(`finds a store that ignores ${header}`, async () => {
      const checks = await checkLake(() => Promise.resolve(ignoring(lake.storage, kind)), 'logs', 'test');
      assert.equal(checks[1]?.state, 'failed');
      assert(checks[1]?.says.includes(`ignores ${header}:`), checks[1]?.says);
      assert.equal(checks.find(({ name }) => name === 'lake: access')?.state, 'skipped');
      assert.deepEqual(await keysUnder(lake.storage, ''), []);
    });
  }
});
