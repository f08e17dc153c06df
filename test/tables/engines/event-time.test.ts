import { put } from './case-lake.js';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzip } from '../../../src/bytes/gzip.js';
import type { ColumnDeclaration } from '../../../src/dataset/declaration.js';
import { formOf } from '../../../src/dataset/form.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { readableRow } from '../../../src/dataset/readable-row.js';
import { readRecord } from '../../../src/dataset/record.js';
import { parquetKey, tableKey } from '../../../src/lake/keys.js';
import { openDuckdb } from '../../../src/tables/duckdb/session.js';
import { duckdbDdl } from '../../../src/tables/engines/duckdb.js';
import { parquetDifference } from '../../../src/tables/parquet/read.js';
import { writeParquet } from '../../../src/tables/parquet/write.js';

const HOUR = '2023-04-20T13' as Hour;
const INSTANT = '2023-04-20T13:12:06.819Z';
const MS = Date.parse(INSTANT);

type Written = Pick<ColumnDeclaration, 'type' | 'compact'>;
const plain = (type: ColumnDeclaration['type']): Written => ({ type, compact: null });
const time: Written = { type: 'text', compact: 'time' };

/** How the time of the event is declared, and written; `view`: what the view gives, where that is not the instant. */
const CASES: readonly (readonly [
  format: string,
  zone: string,
  column: Written,
  value: unknown,
  view?: unknown,
])[] = [
  ['iso8601', 'UTC', time, '2023-04-20T15:12:06.819+02:00'],
  ['iso8601', 'UTC', plain('text'), INSTANT],
  ['iso8601', 'UTC', plain('text'), '2023-04-20 13:12:06,819'],
  ['iso8601', 'Europe/Berlin', time, '2023-04-20 15:12:06.819'],
  ['iso8601', 'Europe/Berlin', plain('text'), '2023-04-20 15:12:06.819', '2023-04-20 15:12:06.819'],
  ['epoch_ms', 'UTC', plain('integer'), MS],
  ['epoch_s', 'UTC', plain('number'), MS / 1_000],
  ['epoch_s', 'UTC', plain('text'), String(MS / 1_000)],
  ['python_logging', 'UTC', time, '2023-04-20 13:12:06,819'],
  ['python_logging', 'UTC', plain('text'), '2023-04-20 13:12:06,819', '2023-04-20 13:12:06,819'],
  ['%d/%m/%Y %H:%M:%S.%f', 'Europe/Berlin', time, '20/4/2023 15:12:06.819'],
];

describe('the time of the event', function () {
  this.timeout(60_000);

  for (const [format, zone, column, value, view = INSTANT] of CASES) {
    const codec = column.compact === null ? '' : ' with compact: time';
    it(`as ${format} of ${zone} in ${column.type}${codec}, ${JSON.stringify(value)}, is ${JSON.stringify(view)} in the view`, async () => {
      const form = formOf({
        source: { data_selector: null, primary_key: 'id', contiguous: false },
        record: {
          ...{ payload: null, encryption: 'none', format: 'json', primary_key: 'id', other_columns: 'keep' },
          event_time: { field: 'at', format, zone },
          columns: {
            id: { ...plain('integer'), optional: false, columns: null, description: '' },
            at: { ...column, optional: false, columns: null, description: '' },
          },
        },
      });
      const outcome = readRecord(Buffer.from(JSON.stringify({ id: 1, at: value })), 1, form, MS);
      assert.ok(outcome.ok, JSON.stringify(outcome));
      assert.equal(outcome.hour, HOUR);
      const parquet = await writeParquet([readableRow(outcome.row, form)], form);
      assert.equal(
        await parquetDifference(parquet, form, (own) => [readableRow(outcome.row, own)]),
        undefined,
      );
      const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-time-'));
      const duckdb = await openDuckdb({ threads: 1 });
      try {
        put(dir, tableKey('logs', HOUR), await gzip(Buffer.from(`${outcome.row}\n`)));
        put(dir, parquetKey('logs', HOUR), parquet);
        await duckdb.run(
          duckdbDdl({
            ...{ database: 'db', dataset: 'logs', location: dir, formats: ['ndjson', 'parquet'], form },
            ...{ partitions: 'projection', from: HOUR, to: HOUR, hours: [HOUR] },
          }),
        );
        assert.deepEqual((await duckdb.rows('SELECT "at" FROM logs_readable')).rows, [[view]]);
        assert.deepEqual((await duckdb.rows('SELECT "at" FROM logs_parquet')).rows, [[INSTANT]]);
      } finally {
        duckdb.close();
        rmSync(dir, { recursive: true, force: true });
      }
    });
  }
});
