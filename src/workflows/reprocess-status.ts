import type { ReprocessStatus } from './messages.js';

/** What one worker is sent at once: of its ten places for activities some are left to the schedule. */
export const AT_ONCE_A_WORKER = 6;

/** How long a step goes on, at the rate at which it went so far; undefined: nothing is done yet. */
export function leftMs(
  { done, total, stepStartedMs }: Pick<ReprocessStatus, 'done' | 'total' | 'stepStartedMs'>,
  nowMs: number,
): number | undefined {
  return done === 0 ? undefined : ((nowMs - stepStartedMs) / done) * (total - done);
}
