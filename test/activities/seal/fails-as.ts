import { ApplicationFailure } from '@temporalio/common';

/** For assert.rejects: a failure of this type, transient or terminal, as Temporal gets it. */
export function failsAs(
  type: string,
  kind: 'transient' | 'terminal',
  message = /./,
): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof ApplicationFailure)) throw new Error(`no ApplicationFailure: ${String(error)}`);
    const seen = `${error.type}, ${error.nonRetryable ? 'terminal' : 'transient'}: ${error.message}`;
    if (error.type === type && error.nonRetryable === (kind === 'terminal') && message.test(error.message))
      return true;
    throw new Error(`wanted ${type}, ${kind}, ${message.source}; got ${seen}`);
  };
}
