import { EntryTable } from '../compact/entry-table.js';
import { WindowCompactor } from '../compact/window-compactor.js';
import { answerOf } from '../decrypt/open-answer.js';
import type { Unread } from '../../lake/outcome.js';
import { packSegments } from '../partition/pack-segments.js';
import type { Storage } from '../../storage/port.js';
import { answersOf } from '../answers.js';
import { yieldToEventLoop } from '../../lake/event-loop.js';
import type { Hour } from '../../dataset/hour.js';
import type { RefusedElement } from '../../dataset/reason.js';
import type { ReadingDeps } from '../deps.js';
import { type StoredSegment, storedSegment } from '../../lake/segments.js';
import { stage } from '../staging.js';
import { packFastChunks } from '../gzip/pack.js';
import { IN_MEMORY_BYTES_MAX, once } from '../../lake/streams.js';
import { unstaged } from '../streams.js';

/** Compacted entries that are sorted in memory at once: some 60,000 of them. */
const RUN_BYTES = 16 * 1024 * 1024;

export interface ShownBy {
  readonly refusals: readonly RefusedElement[];
  readonly hours: readonly Hour[];
}

export interface HourPlace {
  readonly dataset: string;
  readonly hour: Hour;
  /** Called with each answer that was read on the way: what it is refused for, and the hours that it shows. */
  readonly onRead?: (raw: string, shown: ShownBy) => unknown;
}

/** Stores a packed run until the merge reads it; returns how to read it. */
export type KeepRun = (n: number, packed: Buffer) => Promise<() => AsyncIterable<Uint8Array>>;

export interface SortedRuns {
  readonly runs: readonly StoredSegment[];
  readonly shown: readonly string[];
  readonly unread: readonly Unread[];
}

/**
 * Every appearance of the hour's records in these archived answers, as segments: sorted in pieces that fit in memory, for a
 * merge to run together. `shown`: the answers that show any. `unread`: those that are gone, or not what was stored.
 */
export async function sortedRuns(
  { storage, keyRing, form }: ReadingDeps,
  { dataset, hour, onRead }: HourPlace,
  raws: readonly string[],
  keepRun: KeepRun,
): Promise<SortedRuns> {
  const ring = await keyRing();
  const compactor = new WindowCompactor(form);
  const runs: StoredSegment[] = [];
  const shown: string[] = [];
  const unread: Unread[] = [];
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
  for await (const [name, answer] of answersOf(storage, dataset, raws)) {
    if (answer.kind !== 'read') {
      unread.push(answer);
      continue;
    }
    const before = waiting.mark();
    const { entries, refusals, hours } = compactor.compact(
      answerOf(ring, form.answers, name, answer.value),
      waiting,
      hour,
    );
    onRead?.(name, { refusals, hours });
    if (entries === 0) waiting.goBack(before);
    else shown.push(name);
    await yieldToEventLoop();
    if (waiting.sink.used >= RUN_BYTES) await flush();
  }
  if (waiting.count > 0) await flush();
  return { runs, shown, unread };
}

/** Keeps runs as scratch of the activity; the first ones, mostly all, in memory. */
export function keepAsScratch(storage: Storage, staging: string): KeepRun {
  let inMemory = 0;
  return async (n, packed) => {
    inMemory += packed.length;
    if (inMemory <= IN_MEMORY_BYTES_MAX) return () => once(packed);
    const ref = await stage(storage, `${staging}run-${n}`, packed, 0);
    return () => unstaged(storage, ref);
  };
}

/** Keeps runs in memory: for small hours, and where nothing may be written. */
export const keepInMemory: KeepRun = async (_n, packed) => () => once(packed);
