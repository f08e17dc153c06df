import {
  ApplicationFailure,
  defaultPayloadConverter,
  log,
  type Payload,
  workflowInfo,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import type { LakeName } from '../lake/identity.js';
import { faultOfSignalInput, faultOfWorkflowInput } from './inputs.js';
import { LAKE_HEADER } from './lake-header.js';

/**
 * What comes into a workflow from outside passes here, before any code of ours sees it: nonsense fails the run that was started
 * with it, with the reason, and nothing else. A signal has nobody to fail: it is passed over, and said in the log.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let lake: Payload | undefined;
  return {
    inbound: [
      {
        execute: async (input, next) => {
          const { workflowType } = workflowInfo();
          const fault = faultOfWorkflowInput(workflowType, input.args);
          if (fault !== undefined) throw invalidInput(`${workflowType} cannot work with its input: ${fault}`);
          lake = lakeOf(input.args[0]);
          return await next(input);
        },
        handleSignal: async (input, next) => {
          const { signalName: signal, args } = input;
          const fault = faultOfSignalInput(signal, args);
          if (fault === undefined) await next(input);
          else log.warn('a signal that cannot be understood was passed over', { signal, fault });
        },
      },
    ],
    outbound: [
      {
        // Adds the run's lake to every activity; the worker compares it with its own (task-guards.ts).
        scheduleActivity: (input, next) =>
          next(lake ? { ...input, headers: { ...input.headers, [LAKE_HEADER]: lake } } : input),
      },
    ],
  };
};

/**
 * The lake of the run; a run that was started by hand without one works on the lake of the worker that takes
 * it.
 */
function lakeOf(input: unknown): Payload | undefined {
  const lake = (input as { readonly lake?: LakeName } | null)?.lake;
  return lake && defaultPayloadConverter.toPayload(lake);
}

/** Refuses arguments of updates that take none: whoever gives one expects something that will not happen. */
export function takesNothing(...args: readonly unknown[]): void {
  if (args.length > 0) throw invalidInput('the update takes no input: leave it out');
}

const invalidInput = (message: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    `${message}. Runs are started by the schedule (npx fernlake schedule trigger) or by npx fernlake reprocess; docs/reference/workflows.md has what each takes`,
    'InvalidInput',
  );
