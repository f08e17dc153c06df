import type { Pulse } from './deps.js';

const STILL: Pulse = {
  attempt: 1,
  beat: () => undefined,
  during: (wait) => wait,
  signal: undefined,
  warn: () => undefined,
};

let find: () => Pulse | undefined = () => undefined;

/**
 * Sets how the running activity's pulse is found: in Temporal's context, or in what another thread was told.
 */
export function findPulseWith(finder: () => Pulse | undefined): void {
  find = finder;
}

/** The pulse of the activity that is running; outside of one (a test, a command) one that never stops. */
export const currentPulse = (): Pulse => find() ?? STILL;
