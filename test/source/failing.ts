import assert from 'node:assert/strict';
import type { FailureCode, FailureKind } from '../../src/domain/errors.js';
import { FernlakeError } from '../../src/domain/errors.js';

/** Waits for the failure and gives it back for further checks. */
export async function failing(
  promise: Promise<unknown>,
  code: FailureCode,
  kind: FailureKind,
): Promise<FernlakeError> {
  const outcome = await promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof FernlakeError, `expected a FernlakeError, got ${String(outcome)}`);
  assert.deepEqual({ code: outcome.code, kind: outcome.kind }, { code, kind }, outcome.message);
  return outcome;
}
