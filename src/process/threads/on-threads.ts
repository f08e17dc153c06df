import type { Activities } from '../../activities/index.js';
import type { BatchNames } from '../../activities/answers.js';
import type { DecryptResult } from '../../activities/decrypt/activity.js';
import type { Parts } from '../../activities/parts.js';
import type { Ref, Scratch } from '../../activities/ref.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { keyTextsOf } from '../../dataset/fernet-keys.js';
import { rawKey } from '../../lake/keys.js';
import type { StoredObject } from '../../storage/port.js';
import type { RecentStorage } from '../../storage/recent.js';
import type { Heavy, Job } from './messages.js';
import type { Threads } from './threads.js';

/** A step with fewer staged bytes than this takes some milliseconds, less than starting a thread. */
export const HERE_BYTES_MAX = 256 * 1024;

/** The group of all searches. */
const FIND = 'find';

/** Staged bytes of an answer before one was seen: 100 records and more. */
const ANSWER_BYTES = 40 * 1024;

/**
 * The same activities, with larger jobs on threads. Small jobs stay on this thread: at a few records a second
 * no other is started. All steps of a batch run where its first one did, as long as that is known.
 */
export function onThreads(
  here: Activities,
  threads: Threads,
  keyRing: () => Promise<KeyRing>,
  {
    writesParquet,
    recent,
  }: {
    readonly writesParquet: boolean;
    /** What was written a moment ago by this process, and need not be read again. */
    readonly recent?: RecentStorage;
  },
): Activities {
  let bytesPerAnswer = ANSWER_BYTES;
  const there = async <Name extends Heavy>(
    group: string,
    name: Name,
    input: Job<Name>['input'],
    atHand?: readonly StoredObject[],
  ): Promise<Awaited<ReturnType<Activities[Name]>>> =>
    await threads.run(group, name, input, keyTextsOf(await keyRing()), atHand);
  /** What is held is where the step before was. */
  const isForHere = ({ staging }: Scratch, { held, bytes }: Ref): boolean =>
    held ? !threads.knows(staging) : bytes <= HERE_BYTES_MAX;
  const learn = ({ decrypted, rest }: DecryptResult, answers: number): void => {
    bytesPerAnswer = decrypted.bytes / Math.max(1, answers - rest.length);
  };
  return {
    ...here,
    async fetch(input) {
      const result = await here.fetch(input);
      // Packed, it has about as many bytes as its plaintexts.
      bytesPerAnswer = Math.max(bytesPerAnswer, result.raw.bytes);
      return result;
    },
    // A folder of an hour may have 50,000 answers: to sort their names alone takes too long for whoever waits here.
    findUncarried: (input) => there(FIND, 'findUncarried', input),
    findRedrivable: (input) => there(FIND, 'findRedrivable', input),
    carry: (input) =>
      input.raws.length * bytesPerAnswer <= HERE_BYTES_MAX
        ? here.carry(input)
        : there(`${input.slot} ${input.n}`, 'carry', input),
    async decrypt(input) {
      const small = input.raws.length * bytesPerAnswer <= HERE_BYTES_MAX;
      const result = small
        ? await here.decrypt(input)
        : await there(input.staging, 'decrypt', input, recent?.atHand(answerKeys(input)));
      learn(result, input.raws.length);
      return result;
    },
    compact: (input) =>
      isForHere(input, input.decrypted) ? here.compact(input) : there(input.staging, 'compact', input),
    partition: (input) =>
      isForHere(input, input.compacted) ? here.partition(input) : there(input.staging, 'partition', input),
    gzip: (input) =>
      // A Parquet file is written by a library that is loaded once, here.
      threads.knows(input.staging) && !(writesParquet && 'rows' in input)
        ? there(input.staging, 'gzip', input)
        : here.gzip(input),
    upload(input) {
      const group = groupOf(input);
      return threads.knows(group) ? there(group, 'upload', input) : here.upload(input);
    },
    merge: (input) =>
      threads.awake || input.rebuild ? there(input.staging, 'merge', input) : here.merge(input),
    settle: (input) =>
      threads.knows(input.staging) ? there(input.staging, 'settle', input) : here.settle(input),
  };
}

const answerKeys = ({ dataset, before, raws }: BatchNames): string[] =>
  [...(before ? [before] : []), ...raws].map((name) => rawKey(dataset, name));

/** The folder in which the parts are staged, as the other steps of their batch name it. */
function groupOf(parts: Parts): string {
  const uri = ('bundle' in parts ? parts.bundle : parts.rows[0]?.ref)?.uri ?? '';
  return uri.slice(uri.lastIndexOf('/staging/') + 1, uri.lastIndexOf('/') + 1);
}
