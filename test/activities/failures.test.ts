import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { toFailure, withFailures } from '../../src/activities/failures.js';
import { currentPulse } from '../../src/activities/pulse.js';
import { FernlakeError } from '../../src/errors.js';

const SECRET = 't-jdqnDewRx9kWithdsTMS21eLrri70TpkMq2A59jX8=';

function failureOf(error: unknown): ApplicationFailure {
  const failure = toFailure(error);
  assert(failure instanceof ApplicationFailure);
  return failure;
}

describe('toFailure', () => {
  it('gives a transient error its code, details and message, to be tried again', () => {
    const failure = failureOf(
      new FernlakeError('StorageBusy', 'transient', 'busy', { details: { key: 'raw/x', status: 503 } }),
    );
    assert.deepEqual(
      [failure.type, failure.nonRetryable, failure.message, failure.details],
      ['StorageBusy', false, 'busy', [{ key: 'raw/x', status: 503 }]],
    );
    assert.equal(failure.nextRetryDelay, undefined);
  });

  it('lets a terminal error end the attempts', () => {
    const failure = failureOf(new FernlakeError('StorageDenied', 'terminal', 'denied'));
    assert.deepEqual([failure.type, failure.nonRetryable], ['StorageDenied', true]);
  });

  it('hands on the patience that the other side asked for', () => {
    const failure = failureOf(new FernlakeError('StorageBusy', 'transient', '503', { retryAfterMs: 7_000 }));
    assert.equal(failure.nextRetryDelay, 7_000);
  });

  it('leaves it to the workflow to wait for the source: a delay beyond the slot would fail the activity', () => {
    const details = { status: 429 };
    const failure = failureOf(
      new FernlakeError('SourceAnswer', 'transient', '429', { details, retryAfterMs: 7_000 }),
    );
    assert.deepEqual([failure.nextRetryDelay, failure.nonRetryable], [undefined, true]);
    assert.deepEqual(failure.details, [{ status: 429, retryAfterMs: 7_000 }]);
  });

  it('keeps the cause’s class, code and place, and not its words', () => {
    const cause = Object.assign(new TypeError(`could not sign with ${SECRET}`), { code: 'ERR_X' });
    const failure = failureOf(new FernlakeError('StorageBusy', 'transient', 'busy', { cause }));
    assert.deepEqual([failure.cause?.name, failure.cause?.message], ['TypeError', 'ERR_X']);
    assert.match(failure.cause?.stack ?? '', /failures\.test/);
    assert(!everythingIn(failure).includes(SECRET));
  });

  it('keeps the words of a cause that is our own', () => {
    const cause = new FernlakeError('ObjectNotFound', 'terminal', 'there is no raw/x');
    const failure = failureOf(new FernlakeError('StorageBusy', 'transient', 'busy', { cause }));
    assert.equal(failure.cause?.message, 'there is no raw/x');
  });

  it('tells of an unexpected error its class and place, never its words, and tries again', () => {
    let thrown: unknown;
    try {
      JSON.parse(`{"user_id": "${SECRET}`);
    } catch (error) {
      thrown = error;
    }
    const failure = failureOf(thrown);
    assert.deepEqual([failure.type, failure.nonRetryable], ['Bug', false]);
    assert.match(failure.message, /an unexpected SyntaxError in an activity/);
    assert.match(failure.stack ?? '', /failures\.test/);
    assert(!everythingIn(failure).includes('user_id'));
  });

  it('gives an unexpected error up at the tenth try: it holds nothing up for days', async () => {
    const logger = new DefaultLogger('ERROR', () => undefined);
    const tryAt = (attempt: number, run: () => Promise<unknown>) =>
      new MockActivityEnvironment({ attempt }, { logger }).run(run);
    const { act } = withFailures({ act: () => Promise.reject(new TypeError(SECRET)) });
    for (const [attempt, nonRetryable] of [
      [9, false],
      [10, true],
      [500, true],
    ] as const)
      await assert.rejects(tryAt(attempt, act), {
        type: 'Bug',
        nonRetryable,
        message: `an unexpected TypeError in an activity${nonRetryable ? `, given up at try ${attempt}` : ''}: please report it with the stack`,
      });
    const busy = withFailures({
      act: () => Promise.reject(new FernlakeError('StorageBusy', 'transient', 'busy')),
    });
    await assert.rejects(tryAt(500, busy.act), {
      nonRetryable: false,
    });
  });

  it('keeps a code that the system gave', () => {
    const error = Object.assign(new Error(`EMFILE ${SECRET}`), { code: 'EMFILE' });
    assert.match(failureOf(error).message, /\(EMFILE\)/);
  });

  for (const thrown of [SECRET, null, undefined, 7, { user_id: SECRET }]) {
    it(`shows nothing of a thrown ${thrown === null ? 'null' : typeof thrown}`, () => {
      const failure = failureOf(thrown);
      assert.equal(failure.type, 'Bug');
      assert(!everythingIn(failure).includes(SECRET));
    });
  }

  it('leaves Temporal’s own as they are', () => {
    for (const error of [new CancelledFailure('stop'), ApplicationFailure.nonRetryable('no', 'Mine')])
      assert.equal(toFailure(error), error);
  });

  it('calls what a cancelled run throws a cancellation', async () => {
    const environment = new MockActivityEnvironment();
    const { act } = withFailures({
      act: async () => {
        environment.cancel();
        throw new FernlakeError('SourceUnreachable', 'transient', 'aborted');
      },
    });
    await assert.rejects(environment.run(act), { name: 'CancelledFailure' });
  });
});

describe('the pulse', () => {
  it('tells Temporal once a second that the activity is alive, and nothing of a short one', async () => {
    const environment = new MockActivityEnvironment();
    let beats = 0;
    environment.on('heartbeat', () => (beats += 1));
    await environment.run(async () => {
      for (let i = 0; i < 100; i += 1) currentPulse().beat();
      assert.equal(beats, 0);
      await sleep(1_010);
      for (let i = 0; i < 100; i += 1) currentPulse().beat();
    });
    assert.equal(beats, 1);
  });

  it('stops an activity that was cancelled', async () => {
    const environment = new MockActivityEnvironment();
    const running = environment.run(async () => {
      currentPulse().beat();
      assert.equal(currentPulse().signal?.aborted, false);
      environment.cancel();
      currentPulse().beat();
    });
    await assert.rejects(running, { name: 'CancelledFailure' });
  });

  it('beats quietly outside of Temporal', () => {
    currentPulse().beat();
    assert.equal(currentPulse().signal, undefined);
  });
});

function everythingIn(error: Error): string {
  return `${inspect(error, { depth: 10, showHidden: true })} ${error.stack} ${JSON.stringify(error)}`;
}

describe('an activity that only waits', () => {
  it('says all the while that its worker is alive: a slow store is no dead worker', async () => {
    const { wait } = withFailures({
      wait: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    const environment = new MockActivityEnvironment();
    let beats = 0;
    environment.on('heartbeat', () => (beats += 1));
    await environment.run(wait, 2_500);
    assert.equal(beats, 2);
  });
});
