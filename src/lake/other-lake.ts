import { type Origin, spelled } from '../config/spelled.js';
import { FernlakeError } from '../errors.js';
import { LAKE_KEY, type LakeName, lakeWords } from './identity.js';

/** `own`: the lake, or where there is none that has a name yet. */
export function otherLake(
  schedule: string,
  its: LakeName,
  own: LakeName | string,
  config: Origin & { readonly taskQueue: string },
): FernlakeError {
  const mine =
    typeof own === 'string'
      ? `${own}, which has no ${LAKE_KEY} yet (it is new, or that was lost)`
      : lakeWords(own);
  return new FernlakeError(
    'Configuration',
    'terminal',
    `${config.lakeSetting} is ${mine}; the schedule ${schedule} carries into ${lakeWords(its)}, and one task queue (${config.taskQueue}) serves one lake. To mend it, ` +
      `name that lake; or give this one a dataset (${spelled('FERNLAKE_DATASET', config)}) and a task queue (FERNLAKE_TASK_QUEUE) of its own, or another Temporal; ` +
      'or, where this lake is to take its place, stop its workers, then `npx fernlake schedule delete` and `npx fernlake schedule apply` ' +
      '(under `npx fernlake up`: move .fernlake/temporal.db away). ' +
      `Is it that lake, and its ${LAKE_KEY} was lost? Put it back: {"id":"${its.id}","form":1}`,
    { details: { schedule, itsLake: its.id, thisLake: typeof own === 'string' ? null : own.id } },
  );
}
