import type { SealedStream, StreamFacts, StreamMerge } from './merge-stream.js';
import type { Ref } from '../ref.js';
import { ChangedRows } from './changed-rows.js';
import type { Storage } from '../../storage/port.js';
import { stageStream } from '../streams.js';

/** A merge that is through. */
export interface StagedMerge {
  readonly facts: StreamFacts;
  /** Whether the rows are those that are sealed. */
  readonly sameRows: boolean;
  /** The rows; undefined where there are none, or none but those that are sealed. */
  readonly rows: Omit<Ref, 'records'> | undefined;
}

/** Runs the merge and stages its rows, unless they are those that are sealed. */
export async function stageMerge(
  storage: Storage,
  staging: string,
  merge: StreamMerge,
  sealed: SealedStream | undefined,
): Promise<StagedMerge> {
  const changed = new ChangedRows(merge.rows(), sealed && (() => sealed.lines()));
  const rows = await stageStream(storage, `${staging}rows`, changed.rows());
  return { facts: merge.facts(), sameRows: changed.same, rows };
}
