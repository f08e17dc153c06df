import type { SampleRecord } from '../../examples/source-server/index.js';
import type { Hour } from '../../src/dataset/hour.js';

/**
 * The landed row of a sample record, written down a second time and by hand from the table in the design: a test that
 * used src/domain would agree with whatever that does.
 */
export function expectedRow(record: SampleRecord): string {
  const { user_id, record_id, activity, name, inDate, detail } = record;
  return JSON.stringify({
    user_id: Buffer.from(user_id, 'hex').toString('base64url'),
    record_id,
    activity,
    url: '1',
    method: '2',
    name,
    inDate: inDate.replaceAll(/\D/g, '').slice(2),
    detail,
  });
}

/** Rows by event hour, ascending by id: what the table must hold when exactly these records have come. */
export function expectedTable(records: readonly SampleRecord[]): Map<Hour, string[]> {
  const table = new Map<Hour, string[]>();
  for (const record of [...records].sort((a, b) => a.record_id - b.record_id)) {
    const hour = record.inDate.slice(0, 13) as Hour;
    table.set(hour, [...(table.get(hour) ?? []), expectedRow(record)]);
  }
  return new Map([...table].sort(([a], [b]) => (a < b ? -1 : 1)));
}
