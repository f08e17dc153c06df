import assert from 'node:assert/strict';
import { duckdbDdl } from '../../../src/tables/engines/duckdb.js';
import type { DdlInput } from '../../../src/tables/engines/ddl.js';
import { type DuckSession, openDuckdb } from '../../../src/tables/duckdb/session.js';
import { textOf } from '../../../src/tables/duckdb/values.js';
import { CASE_FORM, type CaseLake, writeCaseLake } from './case-lake.js';
import { ALL_CASES } from './cases.js';
import { added, EXPECTED_ADDED, expectedAnswer, expectedRows, FIELDS, question, sorted } from './expected.js';

describe('the views for DuckDB', function () {
  this.timeout(60_000);
  let lake: CaseLake;
  let duckdb: DuckSession;

  before(async () => {
    lake = await writeCaseLake(ALL_CASES);
    duckdb = await openDuckdb();
    await duckdb.run(duckdbDdl(input(lake)));
  });
  after(() => {
    duckdb.close();
    lake.remove();
  });

  for (const [form, table] of [
    ['JSON through the view', 'logs_readable'],
    ['Parquet', 'logs_parquet'],
  ] as const) {
    it(`give every record back from ${form}, field by field`, async () => {
      const { columns, rows } = await duckdb.rows(`SELECT ${FIELDS} FROM ${table} ORDER BY record_id`);
      const actual = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i]])));
      const expected = expectedRows(ALL_CASES);
      assert.equal(actual.length, expected.length);
      expected.forEach((row, i) => assert.deepEqual(actual[i], { ...row }));
    });

    it(`answer the question from ${form} as the source records do`, async () => {
      const { rows } = await duckdb.rows(question(table));
      assert.deepEqual(sorted(rows), sorted(expectedAnswer(expectedRows(ALL_CASES))));
    });

    it(`have a column for every added field in ${form}, of its type`, async () => {
      const { rows } = await duckdb.rows(added(table, (column) => `minute(${column})`));
      assert.deepEqual(rows, EXPECTED_ADDED);
    });

    it(`have real types in ${form}`, async () => {
      const { rows } = await duckdb.rows(
        `SELECT column_name, column_type FROM (DESCRIBE ${table}) WHERE column_name IN ('record_id', 'inDate', 'hour')`,
      );
      const types = Object.fromEntries(rows.map(([name, type]) => [textOf(name), textOf(type)]));
      assert.equal(types['record_id'], 'BIGINT');
      assert.match(types['inDate'] ?? '', /^TIMESTAMP/);
      assert.equal(types['hour'], 'INTEGER');
    });

    it(`open only the hours that a query on ${form} asks for`, async () => {
      const { rows } = await duckdb.rows(
        `EXPLAIN ANALYZE SELECT count(DISTINCT user_id) FROM ${table} WHERE year = 2024 AND month = 2 AND day = 28 AND hour = 8`,
      );
      assert.match(JSON.stringify(rows), /Scanning Files: 1\/\d\d/);
    });
  }

  it('keep in Parquet what nobody declared', async () => {
    const { rows } = await duckdb.rows(
      'SELECT unknown_fields FROM logs_parquet WHERE unknown_fields IS NOT NULL',
    );
    assert.deepEqual(
      rows.map(([text]) => JSON.parse(textOf(text)) as unknown),
      [
        {
          Extra: { nested: [1, 'two', null, { deep: true }] },
          camelCase: 1.5,
          unknown_fields: 'a field of that very name',
          detail: { extra: 'undeclared', year: 2024 },
        },
        // Of the added ones, what does not fit into its column.
        { score: 'much', count: 1.5, flag: 1 },
        { count: 10 ** 19 },
      ],
    );
  });
});

const input = (lake: CaseLake): DdlInput => ({
  database: 'fernlake',
  dataset: 'logs',
  location: lake.dir,
  formats: ['ndjson', 'parquet'],
  partitions: 'projection',
  from: lake.hours[0] ?? assert.fail(),
  to: lake.hours.at(-1) ?? assert.fail(),
  hours: lake.hours,
  form: CASE_FORM,
});
