import { AsyncLocalStorage } from 'node:async_hooks';
import { setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { createCarry } from '../../activities/carry/activity.js';
import { createCompact } from '../../activities/compact/activity.js';
import type { Activities } from '../../activities/index.js';
import { createDecrypt } from '../../activities/decrypt/activity.js';
import type { ActivityDeps, Pulse } from '../../activities/deps.js';
import { createFindRedrivable, createFindUncarried } from '../../activities/backlog/find-raws.js';
import { createGzip } from '../../activities/gzip/activity.js';
import { keepBlobsOf } from '../../activities/kept-blobs.js';
import { createMerge } from '../../activities/seal/merge.js';
import { packWith } from '../../activities/gzip/pack.js';
import { createPartition } from '../../activities/partition/activity.js';
import { findPulseWith } from '../../activities/pulse.js';
import { createSettle } from '../../activities/seal/settle.js';
import { createUpload } from '../../activities/upload/activity.js';
import { createKeyRing, noKeys } from '../../dataset/fernet-keys.js';
import { FernlakeError } from '../../errors.js';
import { formOf } from '../../dataset/form.js';
import { RecentStorage } from '../../storage/recent.js';
import { openStorage } from '../../storage/open.js';
import { failureFormOf } from './failure-form.js';
import type { Heavy, Job, JobResult, Said, ThreadSetup } from './messages.js';
import { packHere } from './pack-here.js';

/** What a thread runs (threads.ts): activities by their name, over a storage of its own. */

/** Threads that compute give way to the one that answers the server. */
const NICE = 5;
try {
  // Of the calling thread alone, on Linux.
  setPriority(NICE);
} catch {
  // Not allowed (the unit in deploy/ forbids it): then all are alike. piscina's own option would end the thread here.
}

const { lake, s3PathStyle, datasets, code } = workerData as ThreadSetup;
const opened = await openStorage(lake, { forcePathStyle: s3PathStyle, readsBlock: true });
/** It remembers what comes with a job, for as long as that takes. */
const storage = new RecentStorage(opened, {
  isWrittenOnce: () => false,
  bytesMax: Number.POSITIVE_INFINITY,
  lifeMs: Number.POSITIVE_INFINITY,
});
keepBlobsOf(storage);
packWith(packHere);
const notHere = (what: string) => (): never => {
  throw new FernlakeError('Bug', 'terminal', `${what} was asked for on a thread`);
};
const shared = {
  storage,
  source: { poll: notHere('the source') },
  code,
};
const sharedOf = new Map(
  Object.entries(datasets).map(([dataset, { declaration, parquet }]) => [
    dataset,
    {
      ...shared,
      form: formOf(declaration),
      ...(parquet ? { parquet: notHere('a Parquet file') } : {}),
    },
  ]),
);
const make: { readonly [Name in Heavy]: (deps: ActivityDeps) => Activities[Name] } = {
  findUncarried: createFindUncarried,
  findRedrivable: createFindRedrivable,
  carry: createCarry,
  decrypt: createDecrypt,
  compact: createCompact,
  partition: createPartition,
  gzip: createGzip,
  upload: createUpload,
  merge: createMerge,
  settle: createSettle,
};

const pulses = new AsyncLocalStorage<Pulse>();
findPulseWith(() => pulses.getStore());

/** Tells no server that it is alive: the thread that waits for it does. */
const pulseOf = (cancelled: Int32Array, said: Said[]): Pulse => ({
  // Its errors are judged where it is waited for.
  attempt: 1,
  signal: undefined,
  beat() {
    if (Atomics.load(cancelled, 0) === 1) throw new Error('the run was cancelled');
  },
  during: (wait) => wait,
  warn: (message, fields) => void said.push({ message, fields }),
});

export async function run<Name extends Heavy>(job: Job<Name>): Promise<JobResult<Name>> {
  const { name, input, keys, cancelled, atHand = [] } = job;
  const said: Said[] = [];
  // Buffers come through as plain arrays of bytes.
  for (const { body, ...info } of atHand)
    storage.remember({ ...info, body: Buffer.from(body.buffer, body.byteOffset, body.length) });
  try {
    const ring = keys.length === 0 ? noKeys() : createKeyRing(keys);
    const ofDataset = sharedOf.get(input.dataset);
    if (!ofDataset) throw new FernlakeError('Bug', 'terminal', `a thread knows no dataset ${input.dataset}`);
    const activity = make[name]({ ...ofDataset, keyRing: () => Promise.resolve(ring) }) as (
      input: unknown,
    ) => Promise<Awaited<ReturnType<Activities[Name]>>>;
    return { ok: true, value: await pulses.run(pulseOf(cancelled, said), () => activity(input)), said };
  } catch (error) {
    return { ok: false, failure: failureFormOf(error), said };
  } finally {
    for (const { key } of atHand) storage.forget(key);
  }
}
