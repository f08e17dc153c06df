import { createCarry } from './carry.js';
import { createCompact } from './compact.js';
import type { Activities } from './contract.js';
import { createDecrypt } from './decrypt.js';
import type { ActivityDeps } from './deps.js';
import { withFailures } from './failures.js';
import { createFetch } from './fetch.js';
import { createFindRedrivable, createFindUncarried, createListSealed } from './find-raws.js';
import { createGzip } from './gzip.js';
import { createMerge } from './merge.js';
import { createPartition } from './partition.js';
import { createRegister } from './register.js';
import { createSettle } from './settle.js';
import { createSurvey } from './survey.js';
import { createSweep } from './sweep.js';
import { createUpload } from './upload.js';

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
