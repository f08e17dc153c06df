import { asyncLocalStorage, CancelledFailure, Context } from '@temporalio/activity';
import type { Pulse } from './deps.js';

const BEAT_MS = 1_000;
/** By activity: when it last told the server that it lives; its start counts. */
const beaten = new WeakMap<Context, number>();

/** The pulse of the activity in whose context this is called. */
export function temporalPulse(): Pulse | undefined {
  if (asyncLocalStorage.getStore() === undefined) return undefined;
  const context = Context.current();
  if (!beaten.has(context)) beaten.set(context, performance.now());
  // Each is a request, which Temporal Cloud charges for: an activity that is over within a second needs none.
  const heartbeat = (): void => {
    const nowMs = performance.now();
    if (nowMs - (beaten.get(context) ?? 0) < BEAT_MS) return;
    beaten.set(context, nowMs);
    context.heartbeat();
  };
  return {
    attempt: context.info.attempt,
    signal: context.cancellationSignal,
    warn(message, fields) {
      context.log.warn(message, { ...fields });
    },
    beat() {
      heartbeat();
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
