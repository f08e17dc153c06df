import { expandText } from '../dataset/compaction.js';
import { eventMsOfRow, type RowTimes } from '../dataset/event-time.js';
import type { RecordForm } from '../dataset/form.js';
import { type Hour, hourOf } from '../dataset/hour.js';
import type { RecordId } from '../dataset/record-id.js';
import { isFernlakeError } from '../errors.js';

/** Where a row keeps its id and its time. */
export type RowPlaces = IdPlace & Pick<RecordForm, 'timeColumn'>;
export type IdPlace = Pick<RecordForm, 'idColumn' | 'byName'>;

/** The id in a compact row. Throws SyntaxError for what is no row. */
export function recordIdOf(row: string, place: IdPlace): RecordId {
  const { idColumn } = place;
  const id = (JSON.parse(row) as Readonly<Record<string, unknown>> | null)?.[idColumn];
  if (typeof id === 'string') return textId(id, place);
  if (typeof id !== 'number') throw new SyntaxError(`a landed row without ${idColumn}`);
  return id;
}

/** The id that stands as this text in a row. */
export function textId(text: string, { idColumn, byName }: IdPlace): string {
  const codec = byName.get(idColumn)?.codec ?? null;
  return codec === null ? text : expandText(codec, text, idColumn);
}

/** The event hour of a compact row; undefined where its time cannot be read. */
export function hourOfRow(row: string, form: RowTimes): Hour | undefined {
  try {
    return hourOf(
      eventMsOfRow(form, (JSON.parse(row) as Readonly<Record<string, unknown>>)[form.timeColumn]),
    );
  } catch (error) {
    if (isFernlakeError(error, 'LakeCorrupt')) return undefined;
    throw error;
  }
}
