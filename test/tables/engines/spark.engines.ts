import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { athenaDdl } from '../../../src/tables/engines/athena.js';
import type { DdlInput, PartitionStyle } from '../../../src/tables/engines/ddl.js';
import { sparkDdl } from '../../../src/tables/engines/spark.js';
import { pythonTool, run } from '../../deploy/python-tools.js';
import { CASE_FORM, type CaseLake, writeCaseLake } from './case-lake.js';
import { ALL_CASES } from './cases.js';
import { added, EXPECTED_ADDED, expectedAnswer, expectedRows, FIELDS, question, sorted } from './expected.js';
import { statementsOf } from './statements.js';

const SPARK_MS = 300_000;
const STYLES: readonly PartitionStyle[] = ['projection', 'explicit', 'dt'];
const SCRIPT = path.resolve(
  import.meta.dirname,
  '..',
  '..',
  '..',
  '..',
  'test',
  'tables',
  'engines',
  'spark_run.py',
);

interface Answer {
  readonly results: Readonly<Record<string, readonly (readonly unknown[])[]>>;
  readonly hive: readonly string[];
}

const TABLES = [
  'projected.logs_readable',
  'projected.logs_parquet',
  'explicit.logs_readable',
  'explicit.logs_parquet',
];

const QUERIES = Object.fromEntries(
  TABLES.flatMap((table) => [
    [
      `${table} rows`,
      `SELECT ${FIELDS.replace('inDate', 'unix_millis(inDate)')} FROM ${table} ORDER BY record_id`,
    ],
    [`${table} question`, question(table)],
    [`${table} added`, added(table, (column) => `minute(${column})`)],
  ]),
);

const setup = (lake: CaseLake): string[] =>
  (
    [
      ['projected', 'projection'],
      ['explicit', 'explicit'],
    ] as const
  ).flatMap(([database, partitions]) =>
    statementsOf(sparkDdl({ ...input(lake.hours, pathToFileURL(lake.dir).href), database, partitions })),
  );

/** All that Athena reads as Hive; its view is Trino's. */
const athena = (): string[] =>
  STYLES.flatMap((partitions) =>
    statementsOf(athenaDdl({ ...input(HOURS, 's3://bucket/prefix'), partitions })),
  ).filter((statement) => !/^CREATE OR REPLACE VIEW/.test(statement));

const HOURS = [...new Set(ALL_CASES.map(({ hour }) => hour))].sort();

function input(hours: DdlInput['hours'], location: string): DdlInput {
  const [from, to] = [hours[0], hours.at(-1)];
  assert.ok(from && to);
  return {
    database: 'fernlake',
    dataset: 'logs',
    location,
    formats: ['ndjson', 'parquet'],
    partitions: 'projection',
    from,
    to,
    hours,
    form: CASE_FORM,
  };
}

describe('the tables and views for Spark', function () {
  this.timeout(SPARK_MS * 2);
  let lake: CaseLake;
  let folder: string;
  let answer: Answer;

  before(async function () {
    const python = await pythonTool('spark');
    const java = run('java', ['-version']);
    if (!python || java.status !== 0) {
      console.warn('      SKIPPED: Spark needs PyPI (pyspark) and Java 17');
      return this.skip();
    }
    lake = await writeCaseLake(ALL_CASES);
    folder = mkdtempSync(path.join(os.tmpdir(), 'fernlake-spark-'));
    // A zone of 5 h 45 min, in summer and winter: instants must not move with the session.
    const job = { folder, zone: 'Asia/Kathmandu', setup: setup(lake), queries: QUERIES, hive: athena() };
    const { status, stdout, output } = run(python, [SCRIPT], {
      cwd: folder,
      input: JSON.stringify(job),
      timeoutMs: SPARK_MS,
    });
    assert.equal(status, 0, output.slice(-6_000));
    answer = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Answer;
  });
  after(() => {
    lake?.remove();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const expected = expectedRows(ALL_CASES);
  for (const table of TABLES) {
    it(`give every record back from ${table}, field by field`, () => {
      const columns = [...FIELDS.matchAll(/(\w+)(?=,|$)/g)].map(([, name]) => name ?? '');
      const rows = (answer.results[`${table} rows`] ?? []).map((row) =>
        Object.fromEntries(columns.map((column, i) => [column, row[i]])),
      );
      assert.equal(rows.length, expected.length);
      expected.forEach((row, i) => assert.deepEqual(rows[i], { ...row, inDate: Date.parse(row.inDate) }));
    });

    it(`answer the question from ${table} as the source records do`, () => {
      assert.deepEqual(sorted(answer.results[`${table} question`] ?? []), sorted(expectedAnswer(expected)));
    });
  }

  for (const table of TABLES) {
    it(`have a column for every added field in ${table}, of its type`, () =>
      assert.deepEqual(
        answer.results[`${table} added`],
        // As minutes of Kathmandu's clock, 5 h 45 min on.
        EXPECTED_ADDED.map(([minute, ...rest]) => [(Number(minute) + 45) % 60, ...rest]),
      ));
  }

  it('are declared for Athena in Hive’s own grammar, in every style of partitions', () => {
    assert.equal(answer.hive.length, athena().length);
    for (const style of STYLES) assert.ok(athena().length > 0, style);
    for (const tree of answer.hive)
      assert.match(tree, /^\(?(nil )?.*tok_(createtable|createdatabase|altertable)/i);
  });
});
