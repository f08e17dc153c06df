import { createCarry, type Carry } from './carry/activity.js';
import { createCompact, type Compact } from './compact/activity.js';
import { createDecrypt, type Decrypt } from './decrypt/activity.js';
import type { ActivityDeps } from './deps.js';
import { withFailures } from './failures.js';
import { createFetch, type Fetch } from './fetch/activity.js';
import {
  createFindRedrivable,
  createFindUncarried,
  type FindUncarried,
  type FindRedrivable,
} from './backlog/find-raws.js';
import { createListArrivals, type ListArrivals } from './backlog/list-arrivals.js';
import { createListSealed, type ListSealed } from './backlog/list-sealed.js';
import { createGzip, type Gzip } from './gzip/activity.js';
import { createMerge } from './seal/merge.js';
import type { Merge } from './seal/merge-types.js';
import { createPartition, type Partition } from './partition/activity.js';
import { createRegister, type Register } from './seal/register.js';
import { createSettle, type Settle } from './seal/settle.js';
import { createSurvey, type Survey } from './backlog/survey.js';
import { createSweep, type Sweep } from './backlog/sweep.js';
import { createUpload, type Upload } from './upload/activity.js';

/**
 * What the workflows may ask for. Everything here goes through Temporal's history, so it holds references, counts and
 * names: never a record, a token or a key. Every activity may run twice; each leaves the same bytes.
 */
export interface Activities {
  fetch: Fetch;
  survey: Survey;
  decrypt: Decrypt;
  compact: Compact;
  partition: Partition;
  gzip: Gzip;
  upload: Upload;
  merge: Merge;
  settle: Settle;
  register: Register;
  carry: Carry;
  findUncarried: FindUncarried;
  findRedrivable: FindRedrivable;
  listArrivals: ListArrivals;
  listSealed: ListSealed;
  sweep: Sweep;
}

const MAKE: { readonly [Name in keyof Activities]: (deps: ActivityDeps) => Activities[Name] } = {
  fetch: createFetch,
  survey: createSurvey,
  decrypt: createDecrypt,
  compact: createCompact,
  partition: createPartition,
  gzip: createGzip,
  upload: createUpload,
  merge: createMerge,
  settle: createSettle,
  register: createRegister,
  carry: createCarry,
  findUncarried: createFindUncarried,
  findRedrivable: createFindRedrivable,
  listArrivals: createListArrivals,
  listSealed: createListSealed,
  sweep: createSweep,
};

/** One dataset's activities. */
function activitiesOver(deps: ActivityDeps, place: (here: Activities) => Activities): Activities {
  const made = Object.entries(MAKE).map(([name, make]: [string, (given: ActivityDeps) => unknown]) => [
    name,
    make(deps),
  ]);
  return place(Object.fromEntries(made) as Activities);
}

/**
 * All activities, errors translated for Temporal: each call goes through the ports of its input's dataset. `depsOf` throws for one that is
 * not served; `place` may have some activities run elsewhere.
 */
export function createActivities(
  depsOf: (dataset: string) => ActivityDeps,
  place: (here: Activities, deps: ActivityDeps) => Activities = (here) => here,
): Activities {
  const made = new Map<string, Activities>();
  const of = (dataset: string): Activities => {
    const known = made.get(dataset);
    if (known) return known;
    const deps = depsOf(dataset);
    const activities = activitiesOver(deps, (here) => place(here, deps));
    made.set(dataset, activities);
    return activities;
  };
  const each = Object.keys(MAKE).map((name) => [
    name,
    async (input: { readonly dataset: string }) =>
      await (of(input.dataset)[name as keyof Activities] as (given: unknown) => Promise<unknown>)(input),
  ]);
  return withFailures(Object.fromEntries(each) as Activities);
}
