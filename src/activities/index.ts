import { createCarry } from './carry/activity.js';
import { createCompact } from './compact/activity.js';
import type { Activities } from './contract.js';
import { createDecrypt } from './decrypt/activity.js';
import type { ActivityDeps } from './deps.js';
import { withFailures } from './failures.js';
import { createFetch } from './fetch/activity.js';
import { createFindRedrivable, createFindUncarried, createListSealed } from './backlog/find-raws.js';
import { createGzip } from './gzip/activity.js';
import { createMerge } from './seal/merge.js';
import { createPartition } from './partition/activity.js';
import { createRegister } from './seal/register.js';
import { createSettle } from './seal/settle.js';
import { createSurvey } from './backlog/survey.js';
import { createSweep } from './backlog/sweep.js';
import { createUpload } from './upload/activity.js';

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
