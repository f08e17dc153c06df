import { epochMsOfTimeCode } from '../dataset/compaction.js';
import type { RecordForm } from '../dataset/form.js';
import { type Hour, hourOf } from '../dataset/hour.js';
import { isFernlakeError } from '../errors.js';

/** Where a row keeps its id and its time. */
export type RowPlaces = Pick<RecordForm, 'idColumn' | 'timeColumn'>;

/** The id in a compact row. Throws SyntaxError for what is no row. */
export function recordIdOf(row: string, { idColumn }: Pick<RowPlaces, 'idColumn'>): number {
  const id = (JSON.parse(row) as Readonly<Record<string, unknown>> | null)?.[idColumn];
  if (typeof id !== 'number') throw new SyntaxError(`a landed row without ${idColumn}`);
  return id;
}

/** The event hour of a compact row; undefined where its time cannot be read. */
export function hourOfRow(row: string, { timeColumn }: RowPlaces): Hour | undefined {
  const time = (JSON.parse(row) as Readonly<Record<string, unknown>>)[timeColumn];
  try {
    return typeof time === 'string' ? hourOf(epochMsOfTimeCode(time)) : undefined;
  } catch (error) {
    if (isFernlakeError(error, 'LakeCorrupt')) return undefined;
    throw error;
  }
}
