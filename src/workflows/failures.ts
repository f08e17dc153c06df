import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';

/** The stable code of an activity's failure: ours, or `Timeout`; undefined for what is not an activity's failure. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  if (error.cause instanceof ApplicationFailure) return error.cause.type ?? 'Bug';
  return error.cause instanceof TimeoutFailure ? 'Timeout' : undefined;
}

/** Whether no worker has taken it up in the time that was given for that. */
export const neverStarted = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof TimeoutFailure &&
  error.cause.timeoutType === 'SCHEDULE_TO_START';

/** The reason in words, for a summary. */
export function reasonOf(error: unknown): string {
  if (error instanceof ActivityFailure) {
    // After the last attempt timed out, Temporal reports the time-out and keeps the attempt's own failure behind it.
    const cause =
      error.cause instanceof TimeoutFailure && error.cause.cause ? error.cause.cause : error.cause;
    return cause?.message ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}

/** The innermost failure of an activity or a child; the wrappers around it say nothing. */
export function whatFailed(error: unknown): { code: string; why: string } {
  if (error instanceof ChildWorkflowFailure && error.cause) return whatFailed(error.cause);
  const code = error instanceof ApplicationFailure ? error.type : codeOf(error);
  return { code: code ?? 'Bug', why: reasonOf(error) };
}

/** The wait that the other side asked for, where it is left to the workflow (activities/failures.ts). */
export function retryAfterMsOf(error: unknown): number | undefined {
  const details = applicationFailureOf(error)?.details?.[0] as { retryAfterMs?: unknown } | null | undefined;
  return typeof details?.retryAfterMs === 'number' ? details.retryAfterMs : undefined;
}

/** The archived answer that the failure is about. */
export function rawOf(error: unknown): string | undefined {
  const details = applicationFailureOf(error)?.details?.[0] as { raw?: unknown } | null | undefined;
  return typeof details?.raw === 'string' ? details.raw : undefined;
}

/** The status with which the source has refused. */
export function statusOf(error: unknown): number | undefined {
  const details = applicationFailureOf(error)?.details?.[0] as { status?: unknown } | null | undefined;
  return typeof details?.status === 'number' ? details.status : undefined;
}

/** The code of a failure that is the source's doing; undefined for any other. */
export function sourceCodeOf(error: unknown): string | undefined {
  const type = applicationFailureOf(error)?.type ?? undefined;
  return type?.startsWith('Source') ? type : undefined;
}

/** Of an activity's last attempt, also where it was the time for all of them that ran out. */
function applicationFailureOf(error: unknown): ApplicationFailure | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  const own = cause instanceof TimeoutFailure ? cause.cause : cause;
  return own instanceof ApplicationFailure ? own : undefined;
}

/**
 * The failure of a run, with its memory in it: the schedule passes a failed run's failure to the next run, as
 * it passes the result of a good one. An error that is no failure of Temporal's is a bug, and stays as it is.
 */
export function failureWithMemory(error: unknown, memory: object): unknown {
  if (!(error instanceof TemporalFailure) || isCancellation(error)) return error;
  const type = error instanceof ApplicationFailure ? error.type : codeOf(error);
  return ApplicationFailure.create({
    message: reasonOf(error),
    type: type ?? 'Bug',
    nonRetryable: true,
    details: [memory],
    ...(error instanceof ApplicationFailure ? {} : { cause: error }),
  });
}

/** Whether the failure says that no further attempt will help. */
export function isTerminal(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof ApplicationFailure &&
    error.cause.nonRetryable === true
  );
}

export { isCancellation };
