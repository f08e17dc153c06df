import { ApplicationFailure, CancelledFailure } from '@temporalio/activity';
import { FernlakeError } from '../errors.js';
import { currentPulse, findPulseWith } from './pulse.js';
import { temporalPulse } from './temporal-pulse.js';

findPulseWith(temporalPulse);

/**
 * After so many tries an unexpected error ends the activity: some four minutes with the back-off of
 * timeouts.ts.
 */
export const BUG_ATTEMPTS_MAX = 10;

/**
 * The only place where our errors become Temporal's. A transient one is retried with the table's back-off (or after what
 * the other side asked for); a terminal one ends the attempts at once. `type` is the stable code, `details` the ids.
 */
export function toFailure(error: unknown): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (currentPulse().signal?.aborted) return new CancelledFailure('the run was cancelled');
  if (error instanceof FernlakeError) {
    const { retryAfterMs } = error;
    // Waiting is left to the workflow: what the source asks for may be longer than the slot, and a delay
    // beyond it would fail the activity at once; and the workflow must hear of each answer that was archived.
    const told = retryAfterMs !== undefined || error.details.raw !== undefined;
    const workflowWaits = told && error.code.startsWith('Source');
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: error.kind === 'terminal' || workflowWaits,
      details: [
        workflowWaits && retryAfterMs !== undefined ? { ...error.details, retryAfterMs } : error.details,
      ],
      ...(error.cause instanceof Error ? { cause: safeCause(error.cause) } : {}),
      ...(retryAfterMs === undefined || workflowWaits ? {} : { nextRetryDelay: retryAfterMs }),
    });
  }
  // A bug of ours. Its message may quote data (JSON.parse does), so only its class and stack go into the
  // history. It is tried again, since a machine in trouble throws strange errors; but not for long, since a
  // real bug stays and should be seen.
  const { attempt } = currentPulse();
  const isLast = attempt >= BUG_ATTEMPTS_MAX;
  const name = error instanceof Error ? error.name : typeof error;
  const code = (error as { code?: unknown } | null)?.code;
  const failure = ApplicationFailure.create({
    message: `an unexpected ${name}${typeof code === 'string' ? ` (${code})` : ''} in an activity${isLast ? `, given up at try ${attempt}` : ''}: please report it with the stack`,
    type: 'Bug',
    nonRetryable: isLast,
  });
  if (error instanceof Error && error.stack) failure.stack = framesOf(error.stack);
  return failure;
}

/** A cause from a library: its class and code, not its text, which may quote what was sent. */
function safeCause(cause: Error): Error {
  const code = (cause as { code?: unknown }).code;
  const safe = new Error(
    cause instanceof FernlakeError ? cause.message : typeof code === 'string' ? code : cause.name,
  );
  safe.name = cause.name;
  safe.stack = framesOf(cause.stack ?? '');
  return safe;
}

function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
}

/**
 * Wraps every function of the object: its errors are translated, and it sends heartbeats as long as the
 * process is alive. So an activity that only waits for slow storage is not given up and begun again for ever.
 */
export function withFailures<T extends object>(activities: T): T {
  const wrapped = Object.entries(activities).map(
    ([name, run]: [string, (...args: unknown[]) => Promise<unknown>]) => [
      name,
      async (...args: unknown[]) => {
        try {
          return await currentPulse().during(run(...args));
        } catch (error) {
          throw toFailure(error);
        }
      },
    ],
  );
  return Object.fromEntries(wrapped) as T;
}
