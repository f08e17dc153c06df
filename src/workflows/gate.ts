import {
  ApplicationFailure,
  log,
  workflowInfo,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import { faultOfSignalInput, faultOfWorkflowInput } from './inputs.js';

/**
 * What comes into a workflow from outside passes here, before any code of ours sees it: nonsense fails the run that was started
 * with it, with the reason, and nothing else. A signal has nobody to fail: it is passed over, and said in the log.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      execute: async (input, next) => {
        const { workflowType } = workflowInfo();
        const fault = faultOfWorkflowInput(workflowType, input.args);
        if (fault !== undefined) throw invalidInput(`${workflowType} cannot work with its input: ${fault}`);
        return await next(input);
      },
      handleSignal: async (input, next) => {
        const fault = faultOfSignalInput(input.signalName, input.args);
        if (fault === undefined) await next(input);
        else
          log.warn('a signal that cannot be understood was passed over', { signal: input.signalName, fault });
      },
    },
  ],
});

/** For updates that take nothing: whoever gives something expects what will not happen. */
export function takesNothing(...args: readonly unknown[]): void {
  if (args.length > 0) throw invalidInput('the update takes no input: leave it out');
}

const invalidInput = (message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `${message}. Runs are started by the schedule (fernlake schedule trigger) or by fernlake reprocess; docs/reference/workflows.md has what each takes`,
    'InvalidInput',
  );
