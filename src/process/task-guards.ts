import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { toFailure } from '../activities/failures.js';
import { FernlakeError } from '../errors.js';
import { type LakeName, lakeWords } from '../lake/identity.js';
import { LAKE_HEADER } from '../workflows/lake-header.js';

/**
 * Attempts of a task that this worker must not take. The queue may have a worker that can, and the next attempt may come to it; where
 * there is none, the run is to fail and say so.
 */
const ATTEMPTS_MAX = 10;

/** Refuses, before anything is touched, what belongs to another lake: the header comes from the run's own input (workflows/gate.ts). */
export const guardLake =
  (own: LakeName, onMet: () => void = () => undefined): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const wanted = readHeader(input.headers[LAKE_HEADER]);
        if (wanted === undefined || wanted.id === own.id) return await next(input);
        onMet();
        throw toFailure(wrongLake(info.activityType, wanted, own, info.attempt));
      },
    },
  });

/**
 * Refuses what belongs to a dataset that this worker does not serve. A run that names no lake was started by hand, and no other worker is
 * waited for.
 */
export const guardDatasets =
  (own: ReadonlyMap<string, unknown>): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        const { dataset } = input.args[0] as { readonly dataset: string };
        if (own.has(dataset)) return await next(input);
        const isByHand = input.headers[LAKE_HEADER] === undefined;
        throw toFailure(notServed(dataset, [...own.keys()], isByHand || info.attempt >= ATTEMPTS_MAX));
      },
    },
  });

function notServed(dataset: string, own: readonly string[], isTerminal: boolean): FernlakeError {
  return new FernlakeError(
    'Configuration',
    isTerminal ? 'terminal' : 'transient',
    `this worker serves ${own.join(', ')}, not the dataset ${dataset}: declare it in the worker's fernlake.yaml and start it again, ` +
      `or end what is left of it (npx fernlake schedule delete --dataset ${dataset})`,
    { details: { dataset } },
  );
}

function readHeader(payload: Payload | undefined): LakeName | undefined {
  return payload ? defaultPayloadConverter.fromPayload<LakeName>(payload) : undefined;
}

function wrongLake(activity: string, wanted: LakeName, own: LakeName, attempt: number): FernlakeError {
  return new FernlakeError(
    'WrongLake',
    attempt < ATTEMPTS_MAX ? 'transient' : 'terminal',
    `${activity} is meant for ${lakeWords(wanted)}, and this worker has ${lakeWords(own)}: it has touched nothing. ` +
      'A task queue serves one lake: stop the worker of the other one, or give it a task queue of its own (FERNLAKE_TASK_QUEUE)',
    { details: { wanted: wanted.id, own: own.id } },
  );
}
