import assert from 'node:assert/strict';
import { FernlakeError, isFernlakeError } from '../../../src/errors.js';
import { errorOf, failureFormOf } from '../../../src/process/threads/failure-form.js';

const sent = (error: unknown): Error => errorOf(structuredClone(failureFormOf(error)));

describe('an error sent from one thread to another', () => {
  it('is one of ours again, with all that is said of it', () => {
    const cause = Object.assign(new TypeError('too much'), { code: 'ECONNRESET' });
    const options = { details: { key: 'raw/x', status: 503 }, retryAfterMs: 7, cause };
    const error = new FernlakeError('StorageBusy', 'transient', 'raw/x: busy', options);
    const found = sent(error);
    assert.ok(isFernlakeError(found, 'StorageBusy'));
    assert.deepEqual(
      [found.message, found.kind, found.details, found.retryAfterMs, found.stack],
      [error.message, 'transient', options.details, 7, error.stack],
    );
    const reason = found.cause as NodeJS.ErrnoException;
    assert.deepEqual([reason.name, reason.message, reason.code], ['TypeError', 'too much', 'ECONNRESET']);
  });

  it('keeps the name, code and stack of any other', () => {
    const error = Object.assign(new RangeError('no'), { code: 'ERR_OUT_OF_RANGE' });
    const found = sent(error) as NodeJS.ErrnoException;
    assert.deepEqual(
      [found.name, found.message, found.code, found.stack],
      [error.name, 'no', error.code, error.stack],
    );
    assert.ok(!isFernlakeError(found));
  });

  it('may be no error at all', () => {
    assert.equal(sent('thrown').message, 'thrown');
  });
});
