import type { ActivityInboundCallsInterceptor, WorkerInterceptors } from '@temporalio/worker';
import { ApplicationFailure } from '@temporalio/common';
import type { CompactResult } from '../activities/compact/activity.js';
import { type FetchResult, type Polled, polledBy } from '../activities/fetch/activity.js';
import type { LedgerSummary } from '../activities/seal/ledger-summary.js';
import type { SettleResult } from '../activities/seal/settle.js';
import type { CarryResult } from '../activities/carry/activity.js';
import type { PartitionResult } from '../activities/partition/activity.js';
import type { Hour } from '../dataset/hour.js';

/** What a person at a terminal wants to hear of. Refusals and retries included; never a record. */
export type Happening =
  | { readonly kind: 'poll'; readonly result: Polled }
  | { readonly kind: 'open'; readonly hours: readonly Hour[]; readonly records: number }
  | { readonly kind: 'sealed'; readonly ledger: LedgerSummary }
  | { readonly kind: 'quarantined'; readonly reasons: CompactResult['refused'] }
  | {
      readonly kind: 'failed';
      readonly activity: string;
      readonly attempt: number;
      readonly message: string;
      readonly final: boolean;
    };

/** Listens to activities without their knowing: the worker runs the same code with and without it. */
export function observe(tell: (happening: Happening, dataset: string) => void): WorkerInterceptors {
  return {
    activity: [
      ({ info }) => ({
        inbound: {
          execute: async (input, next) => {
            const { dataset } = input.args[0] as { readonly dataset: string };
            try {
              const result = await next(input);
              for (const happening of happeningsOf(info.activityType, result)) tell(happening, dataset);
              return result;
            } catch (error) {
              if (error instanceof ApplicationFailure) {
                const { activityType: activity, attempt } = info;
                const { message, nonRetryable } = error;
                tell({ kind: 'failed', activity, attempt, message, final: nonRetryable === true }, dataset);
              }
              throw error;
            }
          },
        } satisfies ActivityInboundCallsInterceptor,
      }),
    ],
  };
}

function happeningsOf(activity: string, result: unknown): Happening[] {
  if (activity === 'fetch')
    return polledBy(result as FetchResult).map((polled) => ({ kind: 'poll', result: polled }));
  if (activity === 'compact') return [{ kind: 'quarantined', reasons: (result as CompactResult).refused }];
  if (activity === 'partition') {
    const { hours, entries } = result as PartitionResult;
    return [{ kind: 'open', hours, records: entries }];
  }
  if (activity === 'carry') {
    const { hours, entries, quarantined } = result as CarryResult;
    return [
      { kind: 'open', hours, records: entries },
      { kind: 'quarantined', reasons: quarantined },
    ];
  }
  if (activity === 'settle') {
    const { ledger } = result as SettleResult;
    return ledger ? [{ kind: 'sealed', ledger }] : [];
  }
  return [];
}
