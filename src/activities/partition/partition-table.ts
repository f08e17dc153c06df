import type { EntryTable, TableWindow } from '../compact/entry-table.js';
import { type PackedSegment, packSegments } from './pack-segments.js';
import { gapsBetween } from './table-news.js';

/** What a batch leaves. */
export interface Partitioned {
  /** One an hour touched, hours ascending. */
  readonly segments: readonly PackedSegment[];
  /** The answers that it carried, with what they are refused. */
  readonly carried: readonly TableWindow[];
}

/** Sorts a batch by the hours of its events. The table must hold what it holds until the segments have been read. */
export const partitionTable = (table: EntryTable, definition?: string): Partitioned => ({
  segments: packSegments(table, gapsBetween(table), definition),
  carried: table.windows.filter(({ kind }) => kind === 'carried'),
});
