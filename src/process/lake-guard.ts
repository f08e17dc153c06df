import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { toFailure } from '../activities/failures.js';
import { FernlakeError } from '../errors.js';
import { type LakeName, lakeWords } from '../lake/identity.js';
import { LAKE_HEADER } from '../workflows/lake-header.js';

/**
 * Attempts of a task that is not for this worker's lake. The queue has a worker too many then, and the next attempt may come to the
 * right one; where there is none, the run is to fail and say so.
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
