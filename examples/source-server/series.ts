import { draw } from './random.js';
import { type GeneratedRecord, makeConflict, makeRecord } from './record.js';
import { type SeriesOptions, seriesOptions } from './series-options.js';
import { createTimeline } from './timeline.js';

/** All the records that the API will ever have, each computable by itself. */
export interface Series {
  readonly options: SeriesOptions;
  /** Index (from 0) of the newest record, `elapsedMs` after the start. */
  newestIndex(elapsedMs: number): number;
  /** When the record comes, in milliseconds since the start; negative for the history. */
  dueMs(index: number): number;
  idOf(index: number): number;
  /** undefined for an id that is never given out. */
  indexOf(recordId: number): number | undefined;
  recordAt(index: number): GeneratedRecord;
  /** Whether the record stands in every answer twice. */
  isDoubled(index: number): boolean;
  /** The second, different record of the same id, when there is one. */
  conflictAt(index: number): GeneratedRecord | undefined;
}

export function createSeries(options: SeriesOptions): Series {
  const timeline = createTimeline(options);
  const { seed } = options;
  const idOf = (index: number): number =>
    options.jumps.reduce((id, jump) => (index >= jump.at ? id + jump.by : id), options.firstId + index);
  const indexOf = (recordId: number): number | undefined => {
    const shifts = [0, ...options.jumps.map((jump) => idOf(jump.at) - jump.at - options.firstId)];
    const found = shifts.map((shift) => recordId - options.firstId - shift);
    return found.find((index) => index >= 0 && idOf(index) === recordId);
  };
  return {
    options,
    newestIndex: (elapsedMs) => timeline.newestIndex(elapsedMs),
    dueMs: (index) => timeline.dueMs(index),
    idOf,
    indexOf,
    recordAt: (index) => makeRecord(seed, index, idOf(index), timeline.eventMs(index)),
    isDoubled: (index) => draw(seed, 'duplicate', index) < options.duplicates,
    conflictAt: (index) =>
      draw(seed, 'conflict', index) < options.conflicts
        ? makeConflict(seed, index, idOf(index), timeline.eventMs(index))
        : undefined,
  };
}

/**
 * Record number `n` (from 0) of the series with these options, for a test that computes by itself what must land.
 * Give `startMs` and `anchorMs`: without them event times depend on the clock.
 */
export function generatedRecord(n: number, options: Partial<SeriesOptions>): GeneratedRecord {
  return createSeries(seriesOptions(options, Date.now())).recordAt(n);
}
