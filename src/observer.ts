import type { ActivityInboundCallsInterceptor, WorkerInterceptors } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import type { FetchResult, LedgerSummary, SettleResult } from './activities/contract.js';
import type { CarryResult } from './activities/reprocess-contract.js';
import type { Hour } from './domain/hour.js';

/** What a person at a terminal wants to hear of. Refusals and retries included; never a record. */
export type Happening =
  | { readonly kind: 'poll'; readonly result: FetchResult }
  | { readonly kind: 'open'; readonly hours: readonly Hour[]; readonly records: number }
  | { readonly kind: 'sealed'; readonly ledger: LedgerSummary }
  | {
      readonly kind: 'failed';
      readonly activity: string;
      readonly attempt: number;
      readonly message: string;
      readonly final: boolean;
    };

/** Listens to activities without their knowing: the worker runs the same code with and without it. */
export function observe(tell: (happening: Happening) => void): WorkerInterceptors {
  return {
    activity: [
      ({ info }) => ({
        inbound: {
          execute: async (input, next) => {
            try {
              const result = await next(input);
              const happening = happeningOf(info.activityType, result);
              if (happening) tell(happening);
              return result;
            } catch (error) {
              if (error instanceof ApplicationFailure) {
                const { activityType: activity, attempt } = info;
                tell({
                  kind: 'failed',
                  activity,
                  attempt,
                  message: error.message,
                  final: error.nonRetryable === true,
                });
              }
              throw error;
            }
          },
        } satisfies ActivityInboundCallsInterceptor,
      }),
    ],
  };
}

function happeningOf(activity: string, result: unknown): Happening | undefined {
  if (activity === 'fetch') return { kind: 'poll', result: result as FetchResult };
  if (activity === 'partition') {
    const { hours, entries } = result as { hours: Hour[]; entries: number };
    return { kind: 'open', hours, records: entries };
  }
  if (activity === 'carry') {
    const { hours, records } = result as CarryResult;
    return { kind: 'open', hours, records };
  }
  if (activity === 'settle') {
    const { ledger } = result as SettleResult;
    return ledger ? { kind: 'sealed', ledger } : undefined;
  }
  return undefined;
}
