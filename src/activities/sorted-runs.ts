import { readEntryTable } from '../domain/entry-table.js';
import { gzipFast } from '../domain/gzip.js';
import type { Hour } from '../domain/hour.js';
import { packSegments } from '../domain/pack-segments.js';
import { encodeCompacted } from '../domain/staged-form.js';
import { compactingWindow, decryptingWindow, parseWindow } from '../domain/window.js';
import type { Storage } from '../storage/port.js';
import { breathe, inSlices } from './breathe.js';
import type { ActivityDeps } from './deps.js';
import { type StoredSegment, storedSegment } from './hour-files.js';
import { readRaw, stage } from './lake.js';
import { currentPulse } from './pulse.js';
import { readAhead } from './read-ahead.js';
import { IN_MEMORY_BYTES_MAX, once, unstaged } from './streams.js';

/** Compacted entries that are sorted in memory at once: some 60,000 of them. */
const RUN_BYTES = 16 * 1024 * 1024;
const READS_AT_ONCE = 4;

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
  const pulse = currentPulse();
  const ring = await keyRing();
  const runs: StoredSegment[] = [];
  const damaged: string[] = [];
  let waiting: Buffer[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    const table = await inSlices(readEntryTable(Buffer.concat(waiting)));
    waiting = [];
    bytes = 0;
    for (const segment of await inSlices(packSegments(table, new Map()))) {
      const chunks = await keepRun(runs.length, await gzipFast(segment.bytes));
      runs.push(await storedSegment(`run ${runs.length} of ${hour}`, chunks));
    }
  };
  const read = (name: string): Promise<Buffer | undefined> => readRaw(storage, dataset, name);
  for await (const [name, body] of readAhead(raws, READS_AT_ONCE, read)) {
    pulse.beat();
    if (!body) {
      damaged.push(name);
      continue;
    }
    await breathe();
    const decrypted = await inSlices(decryptingWindow(name, parseWindow(body), ring));
    const { entries, ...window } = await inSlices(compactingWindow(decrypted, urls));
    const ours = entries.filter((entry) => entry.hour === hour);
    if (ours.length === 0) continue;
    const staged = Buffer.from(encodeCompacted({ ...window, refusals: [], entries: ours }));
    waiting.push(staged);
    bytes += staged.length;
    if (bytes >= RUN_BYTES) await flush();
  }
  if (bytes > 0) await flush();
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
