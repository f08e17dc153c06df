import { asyncLocalStorage, CancelledFailure, Context } from '@temporalio/activity';
import type { Pulse } from './deps.js';

const BEAT_MS = 1_000;
const STILL: Pulse = {
  beat: () => undefined,
  during: (wait) => wait,
  signal: undefined,
  warn: () => undefined,
};

/** The pulse of the activity that is running; outside of Temporal (a test, a command) one that never stops. */
export function currentPulse(): Pulse {
  if (asyncLocalStorage.getStore() === undefined) return STILL;
  const context = Context.current();
  return {
    signal: context.cancellationSignal,
    warn(message, fields) {
      context.log.warn(message, { ...fields });
    },
    beat() {
      context.heartbeat();
      if (context.cancellationSignal.aborted) throw new CancelledFailure('the run was cancelled');
    },
    async during(wait) {
      const timer = setInterval(() => context.heartbeat(), BEAT_MS);
      try {
        return await wait;
      } finally {
        clearInterval(timer);
      }
    },
  };
}
