import { type Hour, parseHour } from '../dataset/hour.js';

/** The id in a compact row. Throws SyntaxError for what is no row. */
export function recordIdOf(row: string): number {
  const id = (JSON.parse(row) as { record_id?: unknown } | null)?.record_id;
  if (typeof id !== 'number') throw new SyntaxError('a landed row without record_id');
  return id;
}

/** The event hour of a compact row; undefined where its time stands in another spelling, which only its reader understands. */
export function hourOfRow(row: string): Hour | undefined {
  const { inDate } = JSON.parse(row) as { inDate?: unknown };
  const [, year, month, day, hour] =
    (typeof inDate === 'string' && /^(\d\d)(\d\d)(\d\d)(\d\d)\d{7}$/.exec(inDate)) || [];
  return hour === undefined ? undefined : parseHour(`20${year}-${month}-${day}T${hour}`);
}
