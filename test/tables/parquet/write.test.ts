import { logForm } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readableRow } from '../../../src/dataset/readable-row.js';
import { type DuckSession, openDuckdb } from '../../../src/tables/duckdb/session.js';
import { type PlainValue, textOf } from '../../../src/tables/duckdb/values.js';
import { writeParquet } from '../../../src/tables/parquet/write.js';
import { sampleRecords } from '../../support/by-hand.js';
import { expectedRow } from '../../support/expected-rows.js';

const ROWS = 50_000;
const FORM = logForm({ fields: [{ name: 'score', type: 'number' }] });

describe('a Parquet file', function () {
  this.timeout(60_000);
  let folder: string;
  let from: string;
  let duckdb: DuckSession;

  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'fernlake-parquet-test-'));
    const rows = sampleRecords(1, ROWS, '2023-05-01T10:00:00.000Z').map(expectedRow);
    const lines = rows.map((row) => readableRow(row, FORM));
    const file = path.join(folder, 'rows.parquet');
    writeFileSync(file, await writeParquet(lines, FORM));
    from = `'${file}'`;
    duckdb = await openDuckdb();
  });
  after(() => {
    duckdb?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has row groups with least and greatest ids and times that do not overlap, so that engines skip', async () => {
    const { rows } = await duckdb.rows(
      `SELECT path_in_schema, row_group_id, stats_min_value, stats_max_value FROM parquet_metadata(${from})
       WHERE path_in_schema IN ('record_id', 'inDate') ORDER BY ALL`,
    );
    assert.equal(rows.length, 2 * Math.ceil(ROWS / 20_480));
    for (const [i, [column, group, min, max]] of rows.entries()) {
      assert.ok(
        min !== null && max !== null,
        `${textOf(column)} of group ${textOf(group)} has no statistics`,
      );
      const [before, , , greatest] = rows[i - 1] ?? [];
      if (before !== column) continue;
      const value = (text: PlainValue | undefined): number =>
        column === 'record_id' ? Number(textOf(text)) : Date.parse(textOf(text).replace('+00', 'Z'));
      assert.ok(value(min) > value(greatest), `${textOf(column)}: ${textOf(min)} after ${textOf(greatest)}`);
    }
  });

  it('is packed with zstd throughout, and sorted by id', async () => {
    const { rows } = await duckdb.rows(`SELECT DISTINCT compression FROM parquet_metadata(${from})`);
    assert.deepEqual(rows, [['ZSTD']]);
    const sorted = `SELECT bool_and(record_id = nr) FROM (SELECT record_id, file_row_number + 1 AS nr FROM read_parquet(${from}, file_row_number = true))`;
    assert.deepEqual((await duckdb.rows(sorted)).rows, [[true]]);
  });

  it('has real types: a 64-bit id, milliseconds in UTC, a double where one was added', async () => {
    const { rows } = await duckdb.rows(
      `SELECT name, type, logical_type FROM parquet_schema(${from}) WHERE name IN ('record_id', 'inDate', 'score') ORDER BY name`,
    );
    const [time, id, score] = rows.map(([name, type, logical]) => [name, type, textOf(logical)]);
    assert.deepEqual(time?.slice(0, 2), ['inDate', 'INT64']);
    assert.match(textOf(time?.[2]), /isAdjustedToUTC=1.*MILLIS/);
    assert.deepEqual([id?.[1], score?.slice(0, 2)], ['INT64', ['score', 'DOUBLE']]);
  });
});
