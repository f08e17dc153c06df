import type { Case } from './cases.js';

/** What the readable form says of a record; from the source record alone, with none of fernlake's code. */
export interface ReadableRow {
  readonly user_id: string;
  readonly record_id: number;
  readonly activity: string;
  readonly url: string;
  readonly method: string;
  readonly name: string;
  readonly inDate: string;
  readonly message: string;
  readonly levelname: string;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
}

export function expectedRows(cases: readonly Case[]): ReadableRow[] {
  return cases
    .map(({ record, instant }) => ({
      user_id: record.user_id,
      record_id: record.record_id,
      activity: record.activity,
      url: record.url,
      method: record.method,
      name: record.name,
      inDate: instant,
      message: String(record.detail.message),
      levelname: record.detail.levelname,
      year: Number(instant.slice(0, 4)),
      month: Number(instant.slice(5, 7)),
      day: Number(instant.slice(8, 10)),
      hour: Number(instant.slice(11, 13)),
    }))
    .sort((a, b) => a.record_id - b.record_id);
}

/** What the columns of added fields say, of the rows that have any: [minute, sessionId, score, count, flag]. */
export const EXPECTED_ADDED = [
  [44, 'a-b', 1.5, 7, true],
  [45, '', -22.5, -7, false],
  [46, '7', null, null, null],
  [48, 'big', 1e18, null, false],
];

export const added = (table: string, time: (column: string) => string): string =>
  `SELECT ${time('inDate')} AS at, sessionId, score, count, flag FROM ${table} WHERE sessionId IS NOT NULL ORDER BY record_id`;

/** One answer a line: the hour, the activity, its events, its distinct users, and its events of level INFO. */
export function expectedAnswer(rows: readonly ReadableRow[]): (string | number)[][] {
  const groups = new Map<string, ReadableRow[]>();
  for (const row of rows) {
    const key = [row.year, row.month, row.day, row.hour, row.activity].join('\u0000');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((group) => {
    const [{ year, month, day, hour, activity } = expectedNever()] = group;
    const users = new Set(group.map((row) => row.user_id)).size;
    const info = group.filter((row) => row.levelname === 'INFO').length;
    return [year, month, day, hour, activity, group.length, users, info];
  });
}

const expectedNever = (): never => {
  throw new Error('a group without a row');
};

/** The question, in SQL that every engine reads alike. */
export const question = (table: string): string =>
  `SELECT year, month, day, hour, activity, count(*) AS events, count(DISTINCT user_id) AS users, ` +
  `sum(CASE WHEN detail.levelname = 'INFO' THEN 1 ELSE 0 END) AS info ` +
  `FROM ${table} GROUP BY year, month, day, hour, activity`;

export const FIELDS =
  'user_id, record_id, activity, url, method, name, inDate, detail.message AS message, detail.levelname AS levelname, year, month, day, hour';

/** Order of groups is no part of an answer. */
export const sorted = (rows: readonly (readonly unknown[])[]): string[] =>
  rows.map((row) => JSON.stringify(row)).sort();
