import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { disableAsyncStorages } from './async-storages.js';

describe('what a test file leaves in AsyncLocalStorage', () => {
  it('is gone with the file, and the storage works on', () => {
    const [entered, ran] = [new AsyncLocalStorage<number>(), new AsyncLocalStorage<number>()];
    entered.enterWith(1);
    ran.run(2, () => {
      disableAsyncStorages();
      assert.deepEqual([entered.getStore(), ran.getStore()], [undefined, undefined]);
    });
    assert.equal(
      ran.run(3, () => ran.getStore()),
      3,
    );
  });
});
