/** What happens next: a `transient` failure is retried with back-off, a `terminal` one ends the run at once. */
export type FailureKind = 'transient' | 'terminal';

/** Stable names, for alerts and scripts, and what each says. One is never renamed; docs/reference/failure-codes.md lists them. */
export const FAILURE_CODES = {
  SourceAnswer: 'the source answered with a status or a body that another attempt may mend',
  SourceRefused: 'the source answered with a status that no other attempt will mend',
  SourceUnreachable: 'no answer: refused, reset, timed out, name not found',
  SourceTooLarge: 'the answer is over a limit',
  SourceUnavailable: 'no answer for a whole slot',
  StorageBusy: 'storage asks to slow down, or the connection broke',
  StorageDenied: 'storage refuses, and will again: permission, bucket, read-only',
  StorageFull: 'no space; an operator may free some, so it is tried again',
  StorageKey: 'a key that this lake cannot hold, or that is not of this lake',
  ObjectNotFound: 'an object that should be there is not',
  PreconditionFailed: 'somebody else wrote the object first',
  StagedBlobGone: 'scratch between two activities is gone: it is computed again from the raw archive',
  HashMismatch: 'what was read is not what was written',
  LedgerConflict: 'another seal of the same hour got ahead',
  LakeCorrupt: 'an object of ours cannot be read',
  WrongLake: 'a task, or a schedule, of another lake than this one: nothing was touched',
  CatalogBusy: 'the catalogue (Glue) asks to slow down, or the connection broke',
  CatalogDenied: 'the catalogue refuses, and will again: permission, no such table',
  LimitExceeded: 'more than a limit allows; docs/reference/limits.md has them all',
  ProcessGone: 'what `npx fernlake up` has started on this machine ended by itself',
  InvalidInput: 'a workflow, signal or update was given what it cannot work with; it alone fails',
  Configuration: 'wrong use, or a setting that is missing or wrong: the message names it, with the mend',
  Bug: "not foreseen, so ours to mend: please report it with the stack, which holds no record's content. Tried ten times, for some four minutes; then the run fails, and the next slot starts it again",
} as const satisfies Record<string, string>;

export type FailureCode = keyof typeof FAILURE_CODES;

export interface FailureOptions {
  /** Whatever is needed to find the object: key, status, attempt. Never a secret, never a record's content. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>;
  readonly cause?: unknown;
  /** The other side asked for this much patience (Retry-After). */
  readonly retryAfterMs?: number;
}

/**
 * The one error that fernlake throws on purpose. The message names what happened, to which object, why, and what
 * to do. activities/failures.ts alone translates it for Temporal.
 */
export class FernlakeError extends Error {
  override readonly name = 'FernlakeError';
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: FailureCode,
    readonly kind: FailureKind,
    message: string,
    options: FailureOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }
}

export function isFernlakeError(error: unknown, code?: FailureCode): error is FernlakeError {
  return error instanceof FernlakeError && (code === undefined || error.code === code);
}

/** The text of anything thrown, for a message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
