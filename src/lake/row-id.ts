import { epochMsOfTimeCode } from '../dataset/compaction.js';
import { type Hour, hourOf } from '../dataset/hour.js';
import { isFernlakeError } from '../errors.js';

/** The id in a compact row. Throws SyntaxError for what is no row. */
export function recordIdOf(row: string): number {
  const id = (JSON.parse(row) as { record_id?: unknown } | null)?.record_id;
  if (typeof id !== 'number') throw new SyntaxError('a landed row without record_id');
  return id;
}

/** The event hour of a compact row; undefined where its time cannot be read. */
export function hourOfRow(row: string): Hour | undefined {
  const { inDate } = JSON.parse(row) as { inDate?: unknown };
  try {
    return typeof inDate === 'string' ? hourOf(epochMsOfTimeCode(inDate)) : undefined;
  } catch (error) {
    if (isFernlakeError(error, 'LakeCorrupt')) return undefined;
    throw error;
  }
}
