import type { Hour } from '../../dataset/hour.js';
import { encodeQuarantine } from '../../lake/quarantine-entry.js';
import { readEntryTable } from '../compact/entry-table.js';
import type { ActivityDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';
import type { BatchScratch, Ref } from '../ref.js';
import { done, leave, unstage } from '../staging.js';
import { encodeBundle, type Part } from './bundle.js';
import { eachRefused } from './envelopes.js';
import { partitionTable } from './partition-table.js';
import { hoursWithNews } from './table-news.js';

export interface PartitionInput extends BatchScratch {
  readonly compacted: Ref;
  /** Names the segments. */
  readonly slot: string;
  readonly n: number;
  /** The answers are carried again: records that can land by now leave quarantine. */
  readonly again?: boolean;
}

export interface PartitionResult {
  readonly bundle: Ref;
  readonly hours: readonly Hour[];
  /** Those of the hours with something new: more than a repeat of the answer before. */
  readonly news: readonly Hour[];
  /** Appearances with a readable hour. */
  readonly entries: number;
}

/** Sorts the records by the hour of their event: one segment an hour touched. */
export type Partition = (input: PartitionInput) => Promise<PartitionResult>;

export const createPartition =
  ({ storage, form }: ActivityDeps): Partition =>
  async ({ compacted, slot, n, again = false, ...scratch }) => {
    const pulse = currentPulse();
    const input = await unstage(storage, compacted);
    const table = readEntryTable(input);
    const { segments, carried } = partitionTable(table, form.definition);
    const news = hoursWithNews(table);
    const parts = segments.map(({ hour, bytes }): Part => {
      pulse.beat();
      return { kind: 'segment', hour, slot, n, bytes: bytes() };
    });
    done(storage, compacted, input);
    const refused = await eachRefused(
      { storage, form },
      scratch.dataset,
      carried,
      again,
      async (raw, entries): Promise<Part> => {
        return { kind: 'quarantine', raw, bytes: Buffer.from(encodeQuarantine(entries)) };
      },
    );
    parts.push(...refused);
    return {
      bundle: await leave(storage, scratch, 'bundle', encodeBundle(parts), parts.length),
      hours: segments.map(({ hour }) => hour),
      news,
      entries: compacted.records,
    };
  };
