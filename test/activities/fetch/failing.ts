import assert from 'node:assert/strict';
import type { FailureCode, FailureKind } from '../../../src/errors.js';
import { FernlakeError } from '../../../src/errors.js';
import type { Answer } from '../../../src/activities/fetch/port.js';

/** Waits for the failure, or for an answer with a fault, and gives it back for further checks. */
export async function failing(
  promise: Promise<unknown>,
  code: FailureCode,
  kind: FailureKind,
): Promise<FernlakeError> {
  const outcome = await promise.then(
    (answer) => (answer as Partial<Answer> | undefined)?.fault ?? 'no failure',
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof FernlakeError, `expected a FernlakeError, got ${String(outcome)}`);
  assert.deepEqual({ code: outcome.code, kind: outcome.kind }, { code, kind }, outcome.message);
  return outcome;
}
