import { AnswerCompactor } from '../domain/answer-compactor.js';
import { EntryTable } from '../domain/entry-table.js';
import type { Hour } from '../domain/hour.js';
import { packSegments } from '../domain/pack-segments.js';
import type { Storage } from '../storage/port.js';
import { answersOf } from './answers.js';
import { breathe } from './breathe.js';
import type { ActivityDeps } from './deps.js';
import { type StoredSegment, storedSegment } from './hour-files.js';
import { stage } from './lake.js';
import { packFastChunks } from './pack.js';
import { IN_MEMORY_BYTES_MAX, once, unstaged } from './streams.js';

/** Compacted entries that are sorted in memory at once: some 60,000 of them. */
const RUN_BYTES = 16 * 1024 * 1024;

/** Puts a packed run away until the merge reads it; gives the way to read it. */
export type KeepRun = (n: number, packed: Buffer) => Promise<() => AsyncIterable<Uint8Array>>;

/**
 * Every appearance of the hour's records in these archived answers, as segments: sorted in pieces that fit in memory, for a
 * merge to run together. `damaged`: answers that are gone, or not what was stored.
 */
export async function sortedRuns(
  { storage, keyRing, urls }: Pick<ActivityDeps, 'storage' | 'keyRing' | 'urls'>,
  { dataset, hour }: { readonly dataset: string; readonly hour: Hour },
  raws: readonly string[],
  keepRun: KeepRun,
): Promise<{ runs: StoredSegment[]; damaged: string[] }> {
  const compactor = new AnswerCompactor(await keyRing(), urls);
  const runs: StoredSegment[] = [];
  const damaged: string[] = [];
  const waiting = new EntryTable();
  const empty = waiting.mark();
  const flush = async (): Promise<void> => {
    const segments = packSegments(waiting, new Map());
    for (const segment of segments) {
      const chunks = await keepRun(runs.length, await packFastChunks(segment.chunks()));
      runs.push(await storedSegment(`run ${runs.length} of ${hour}`, chunks));
    }
    waiting.goBack(empty);
  };
  for await (const [name, body] of answersOf(storage, dataset, raws)) {
    if (!body) {
      damaged.push(name);
      continue;
    }
    const before = waiting.mark();
    const { entries } = compactor.compact(name, body, waiting, hour);
    if (entries === 0) waiting.goBack(before);
    await breathe();
    if (waiting.sink.used >= RUN_BYTES) await flush();
  }
  if (waiting.count > 0) await flush();
  return { runs, damaged };
}

/** As scratch of the run; the first ones, which are mostly all, in memory. */
export function keepAsScratch(storage: Storage, staging: string): KeepRun {
  let inMemory = 0;
  return async (n, packed) => {
    inMemory += packed.length;
    if (inMemory <= IN_MEMORY_BYTES_MAX) return () => once(packed);
    const ref = await stage(storage, `${staging}run-${n}`, packed, 0);
    return () => unstaged(storage, ref);
  };
}

/** In memory: for few, and where nothing may be written. */
export const keepInMemory: KeepRun = async (_n, packed) => () => once(packed);
