import { readEntryTable } from '../compact/entry-table.js';
import type { Part } from '../manifest.js';
import { packSegments } from './pack-segments.js';
import { encodeQuarantine } from '../../lake/quarantine-entry.js';
import { gapsBetween, hoursWithNews } from './table-news.js';
import type { ActivityDeps } from '../deps.js';
import { eachRefused } from './envelopes.js';
import pMap from 'p-map';
import { stage, unstage } from '../staging.js';
import { giveBack } from '../memory.js';
import { currentPulse } from '../pulse.js';
import type { Ref, Scratch } from '../ref.js';
import type { Hour } from '../../dataset/hour.js';

export interface PartitionInput extends Scratch {
  readonly compacted: Ref;
  /** Names the segments. */
  readonly slot: string;
  readonly n: number;
  /** Answers are carried again: what was in quarantine, and can land by now, leaves it. */
  readonly again?: boolean;
}

export interface PartitionResult {
  readonly manifest: Ref;
  readonly hours: readonly Hour[];
  /** Of these, the hours with something that the answer before did not show just so. */
  readonly news: readonly Hour[];
  /** Appearances with a readable hour. */
  readonly entries: number;
}

/** Sorts the records by the hour of their event: one segment an hour touched. */
export type Partition = (input: PartitionInput) => Promise<PartitionResult>;

const WRITES_AT_ONCE = 8;

export const createPartition =
  ({ storage }: ActivityDeps): Partition =>
  async ({ dataset, staging, compacted, slot, n, again = false }) => {
    const pulse = currentPulse();
    const input = await unstage(storage, compacted);
    const table = readEntryTable(input);
    const windows = table.windows.filter((window) => !window.context);
    const packed = packSegments(table, gapsBetween(table));
    const news = hoursWithNews(table);
    const segments = await pMap(
      packed,
      async ({ hour, bytes, entries }): Promise<Part> => {
        pulse.beat();
        const ref = await stage(storage, `${staging}segment-${hour}`, bytes(), entries);
        return { kind: 'segment', ref, hour, slot, n };
      },
      { concurrency: WRITES_AT_ONCE },
    );
    giveBack(input);
    const quarantined = await eachRefused(
      storage,
      dataset,
      windows,
      again,
      async (raw, entries): Promise<Part> => {
        const ref = await stage(
          storage,
          `${staging}quarantine-${raw}`,
          encodeQuarantine(entries),
          entries.length,
        );
        return { kind: 'quarantine', ref, raw };
      },
    );
    const parts = [...segments, ...quarantined];
    return {
      manifest: await stage(storage, `${staging}parts`, JSON.stringify({ parts }), parts.length),
      hours: packed.map(({ hour }) => hour),
      news,
      entries: windows.reduce((sum, { from, end }) => sum + end - from, 0),
    };
  };
