import { FernlakeError, isFernlakeError } from '../../errors.js';
import type { FailureForm } from './messages.js';

export function failureFormOf(error: unknown): FailureForm {
  if (!(error instanceof Error))
    return { name: typeof error, message: String(error), stack: '', code: undefined };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? '',
    code: typeof code === 'string' ? code : undefined,
    ...(isFernlakeError(error) ? { ours: ourPart(error) } : {}),
    ...(error.cause instanceof Error ? { cause: failureFormOf(error.cause) } : {}),
  };
}

export function errorOf({ name, message, stack, code, ours, cause: causeForm }: FailureForm): Error {
  const cause = causeForm && errorOf(causeForm);
  if (ours) {
    const { details, retryAfterMs } = ours;
    const options = { details, cause, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    return Object.assign(new FernlakeError(ours.code, ours.kind, message, options), { stack });
  }
  const error = Object.assign(new Error(message, cause ? { cause } : undefined), { stack });
  // Also where the class has a name of its own on its prototype.
  Object.defineProperty(error, 'name', { value: name });
  return code === undefined ? error : Object.assign(error, { code });
}

const ourPart = ({ code, kind, details, retryAfterMs }: FernlakeError) => ({
  code,
  kind,
  details,
  retryAfterMs,
});
