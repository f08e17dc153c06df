import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';

/** The stable code of an activity's failure: ours, or `Timeout`; undefined for what is not an activity's failure. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  if (error.cause instanceof ApplicationFailure) return error.cause.type ?? 'Bug';
  return error.cause instanceof TimeoutFailure ? 'Timeout' : undefined;
}

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

/** Whether the failure says that no further attempt will help. */
export function isTerminal(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof ApplicationFailure &&
    error.cause.nonRetryable === true
  );
}

export { isCancellation };
