import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor, WorkerInterceptors } from '@temporalio/worker';
import type { CompactResult } from '../../activities/compact/activity.js';
import type { FetchInput, FetchResult } from '../../activities/fetch/activity.js';
import type { SettleInput } from '../../activities/seal/settle.js';
import type { UploadResult } from '../../activities/upload/activity.js';
import type { CarryResult } from '../../activities/carry/activity.js';
import type { Hour } from '../../dataset/hour.js';
import type { Ledger } from '../../lake/ledger.js';
import type { Metrics } from './metrics.js';
import { PollMeter } from './poll-meter.js';
import { countSeal } from './seal-meter.js';

/** The ledger of an hour as it stands; undefined when there is none. */
export type ReadLedger = (dataset: string, hour: Hour) => Promise<Ledger | undefined>;

/** Counts what activities do for these datasets, without their knowing: the worker runs the same code with and without it. */
export function measure(of: ReadonlyMap<string, Metrics>, readLedger: ReadLedger): WorkerInterceptors {
  const meters = new Map(
    [...of].map(([dataset, metrics]) => [dataset, { metrics, polls: new PollMeter(metrics) }]),
  );
  return {
    activity: [
      ({ info: { activityType: activity } }) => ({
        inbound: {
          execute: async (input, next) => {
            const { dataset } = input.args[0] as { readonly dataset: string };
            const meter = meters.get(dataset);
            if (!meter) return await next(input);
            const { metrics } = meter;
            // An hour that is sealed again replaces its figures, so the former ones are what to count from.
            const before =
              activity === 'settle' ? await former(readLedger, input.args[0] as SettleInput) : undefined;
            const startedMs = performance.now();
            const observe = (outcome: string): void =>
              metrics.latency.observe({ activity, outcome }, (performance.now() - startedMs) / 1000);
            try {
              const result = await next(input);
              observe('done');
              count(meter, activity, input.args[0], result);
              if (before)
                await countSeal(metrics, before, () =>
                  readLedger(dataset, (input.args[0] as SettleInput).hour),
                );
              return result;
            } catch (error) {
              if (error instanceof CancelledFailure) observe('cancelled');
              else {
                observe('failed');
                const known = error instanceof ApplicationFailure;
                const code = known ? (error.type ?? 'Bug') : 'Bug';
                metrics.failures.inc({ activity, code, final: String(known && error.nonRetryable === true) });
              }
              throw error;
            }
          },
        } satisfies ActivityInboundCallsInterceptor,
      }),
    ],
  };
}

interface Meter {
  readonly metrics: Metrics;
  readonly polls: PollMeter;
}

function count({ metrics, polls }: Meter, activity: string, input: unknown, result: unknown): void {
  if (activity === 'fetch') polls.take(input as FetchInput, result as FetchResult);
  else if (activity === 'compact') metrics.carried.inc((result as CompactResult).entries);
  else if (activity === 'upload') put(metrics, result as UploadResult);
  else if (activity === 'carry') {
    // `reprocess` and redrives take the steps of a batch at once.
    metrics.carried.inc((result as CarryResult).entries);
    put(metrics, result as CarryResult);
  }
}

function put(metrics: Metrics, { bytes, quarantined }: Pick<UploadResult, 'bytes' | 'quarantined'>): void {
  metrics.bytes.inc({ form: 'uploaded' }, bytes);
  for (const [reason, n] of Object.entries(quarantined)) metrics.quarantined.inc({ reason }, n);
}

/** undefined: it could not be read, so nothing is counted, rather than a whole hour twice. */
async function former(
  readLedger: ReadLedger,
  { dataset, hour }: SettleInput,
): Promise<Ledger | 'none' | undefined> {
  try {
    return (await readLedger(dataset, hour)) ?? 'none';
  } catch {
    return undefined;
  }
}
