import { createCarry, type Carry } from './carry/activity.js';
import { createCompact, type Compact } from './compact/activity.js';
import { createDecrypt, type Decrypt } from './decrypt/activity.js';
import type { ActivityDeps } from './deps.js';
import { withFailures } from './failures.js';
import { createFetch, type Fetch } from './fetch/activity.js';
import {
  createFindRedrivable,
  createFindUncarried,
  createListSealed,
  type FindUncarried,
  type FindRedrivable,
  type ListSealed,
} from './backlog/find-raws.js';
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
  listSealed: ListSealed;
  sweep: Sweep;
}

/** All activities over the given ports, errors translated for Temporal. `place` may have some of them run elsewhere. */
export function createActivities(
  deps: ActivityDeps,
  place: (here: Activities) => Activities = (here) => here,
): Activities {
  const here: Activities = {
    fetch: createFetch(deps),
    survey: createSurvey(deps),
    decrypt: createDecrypt(deps),
    compact: createCompact(deps),
    partition: createPartition(deps),
    gzip: createGzip(deps),
    upload: createUpload(deps),
    merge: createMerge(deps),
    settle: createSettle(deps),
    register: createRegister(deps),
    carry: createCarry(deps),
    findUncarried: createFindUncarried(deps),
    findRedrivable: createFindRedrivable(deps),
    listSealed: createListSealed(deps),
    sweep: createSweep(deps),
  };
  return withFailures<Activities>(place(here));
}
