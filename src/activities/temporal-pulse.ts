import { asyncLocalStorage, CancelledFailure, Context } from '@temporalio/activity';
import type { Pulse } from './deps.js';

const BEAT_MS = 1_000;

/** The pulse of the activity in whose context this is called. */
export function temporalPulse(): Pulse | undefined {
  if (asyncLocalStorage.getStore() === undefined) return undefined;
  const context = Context.current();
  return {
    attempt: context.info.attempt,
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
