import { ODD_NAMES } from '../../support/odd-names.js';
import { put } from './case-lake.js';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { gzip } from '../../../src/bytes/gzip.js';
import type { ColumnDeclaration, ColumnType, Declaration } from '../../../src/dataset/declaration.js';
import { faultOfColumnName } from '../../../src/dataset/column-names.js';
import { formOf } from '../../../src/dataset/form.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { LOG_API } from '../../../src/dataset/presets.js';
import { readableRow } from '../../../src/dataset/readable-row.js';
import { readRecord } from '../../../src/dataset/record.js';
import { parquetKey, tableKey } from '../../../src/lake/keys.js';
import { openDuckdb } from '../../../src/tables/duckdb/session.js';
import { textOf } from '../../../src/tables/duckdb/values.js';
import { athenaDdl } from '../../../src/tables/engines/athena.js';
import { bigqueryDdl } from '../../../src/tables/engines/bigquery.js';
import type { DdlInput } from '../../../src/tables/engines/ddl.js';
import { duckdbDdl } from '../../../src/tables/engines/duckdb.js';
import { glueDefinition } from '../../../src/tables/engines/glue.js';
import { sparkDdl } from '../../../src/tables/engines/spark.js';
import { trinoDdl } from '../../../src/tables/engines/trino.js';
import { parquetDifference } from '../../../src/tables/parquet/read.js';
import { writeParquet } from '../../../src/tables/parquet/write.js';

const HOUR = '2023-04-20T13' as Hour;
const TIME = '2023-04-20T13:12:06.819Z';
const column = (type: ColumnType, more: Partial<ColumnDeclaration> = {}): ColumnDeclaration => ({
  ...{ type, optional: false, compact: null, columns: null, description: "what it's \\ for" },
  ...more,
});

/** The preset's fields under other names, and one column more of each type. */
const COLUMNS: Readonly<Record<string, ColumnDeclaration>> = {
  ...LOG_API.record.columns,
  score: column('number', { optional: true }),
  count: column('integer', { optional: true }),
  flag: column('boolean', { optional: true }),
  any: column('json', { optional: true }),
  where: column('object', {
    optional: true,
    columns: {
      city: column('text', { optional: true }),
      zip: column('integer', { optional: true }),
      far: column('boolean', { optional: true }),
    },
  }),
  size: column('number'),
};

const RECORD = {
  user_id: '1f'.repeat(32),
  record_id: 7,
  activity: "it's",
  url: '/api/products/product/',
  method: 'PUT',
  name: 'n',
  inDate: TIME,
  detail: { message: 'm', levelname: 'INFO' },
  score: 1.5,
  count: 9_007_199_254_740_991,
  flag: true,
  any: { deep: [1, 'two', null] },
  where: { city: 'Köln', zip: 50667, far: false },
  size: 2.25,
} as const;

const name = fc
  .oneof(
    fc.constantFrom(...ODD_NAMES, 'Group', 'select', 'row', 'END', 'a%b', '#', '{}'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  )
  .filter((text) => faultOfColumnName(text) === undefined);
const names = (count: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(name, { minLength: count, maxLength: count, selector: (text) => text.toLowerCase() });

interface Renamed {
  readonly declaration: Declaration;
  readonly record: Readonly<Record<string, unknown>>;
  readonly of: (name: string) => string;
}

function renamed(top: readonly string[], inner: readonly string[], order: readonly number[]): Renamed {
  const olds = Object.keys(COLUMNS);
  const of = (old: string): string => top[olds.indexOf(old)] ?? assert.fail(old);
  const members = ['message', 'levelname', 'city', 'zip', 'far'];
  const ofMember = (old: string): string => inner[members.indexOf(old)] ?? assert.fail(old);
  const each = <T>(from: Readonly<Record<string, T>>, to: (old: string) => string): Record<string, T> =>
    Object.fromEntries(Object.entries(from).map(([old, value]) => [to(old), value]));
  const columns = order
    .map((at) => olds[at] ?? '')
    .map((old): [string, ColumnDeclaration] => {
      const declared = COLUMNS[old] ?? assert.fail(old);
      return [
        of(old),
        declared.columns ? { ...declared, columns: each(declared.columns, ofMember) } : declared,
      ];
    });
  const { detail, where, ...flat } = RECORD;
  return {
    declaration: {
      source: { ...LOG_API.source, primary_key: 'id' },
      record: {
        ...LOG_API.record,
        primary_key: of('record_id'),
        event_time: { ...LOG_API.record.event_time, field: of('inDate') },
        columns: Object.fromEntries(columns),
      },
    },
    record: each({ ...flat, detail: each(detail, ofMember), where: each(where, ofMember) }, of),
    of,
  };
}

const SIZE = Object.keys(COLUMNS).length;
const cases = fc
  .tuple(names(SIZE), names(5), fc.shuffledSubarray([...Array(SIZE).keys()], { minLength: SIZE }))
  .map((given) => renamed(...given));

const inputFor = (dir: string, { declaration }: Renamed): DdlInput => ({
  ...{ database: 'db', dataset: 'logs', location: dir, formats: ['ndjson', 'parquet'] },
  ...{ partitions: 'explicit', from: HOUR, to: HOUR, hours: [HOUR], form: formOf(declaration) },
});

describe('a declared dataset', function () {
  this.timeout(120_000);

  it('gives the same values from the view and from Parquet, whatever its columns are called', async () => {
    const run = async (given: Renamed): Promise<void> => {
      const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-declared-'));
      const duckdb = await openDuckdb({ threads: 1 });
      try {
        const input = inputFor(dir, given);
        const outcome = readRecord(
          Buffer.from(JSON.stringify(given.record)),
          7,
          input.form,
          Date.parse(TIME) + 1_000,
        );
        assert.ok(outcome.ok, JSON.stringify(outcome));
        const lines = [readableRow(outcome.row, input.form)];
        const parquet = await writeParquet(lines, input.form);
        assert.equal(
          await parquetDifference(parquet, input.form, (own) => [readableRow(outcome.row, own)]),
          undefined,
        );
        put(dir, tableKey('logs', HOUR), await gzip(Buffer.from(`${outcome.row}\n`)));
        put(dir, parquetKey('logs', HOUR), parquet);
        await duckdb.run(duckdbDdl(input));
        const order = Object.keys(given.declaration.record.columns);
        for (const table of ['logs_readable', 'logs_parquet']) {
          const { columns, rows } = await duckdb.rows(`SELECT * FROM ${table}`);
          assert.deepEqual(columns.slice(0, order.length), order);
          const row = Object.fromEntries(columns.map((each, i) => [each, rows[0]?.[i]]));
          const any = given.of('any');
          assert.deepEqual(JSON.parse(textOf(row[any])), RECORD.any);
          for (const each of order)
            if (each !== any) assert.deepEqual(row[each], given.record[each], `${table}: ${each}`);
        }
      } finally {
        duckdb.close();
        rmSync(dir, { recursive: true, force: true });
      }
    };
    await fc.assert(fc.asyncProperty(cases, run), { numRuns: 8 });
  });

  it('has a column in each engine, quoted, or is told there that it has none', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const input = inputFor('s3://b', given);
        const all = Object.keys(given.declaration.record.columns);
        const quotes = { athena: '`', trino: '"', bigquery: '`', spark: '`' } as const;
        for (const [engine, ddl] of Object.entries({
          athena: athenaDdl,
          trino: trinoDdl,
          bigquery: bigqueryDdl,
          spark: sparkDdl,
        })) {
          const quote = quotes[engine as keyof typeof quotes];
          const script = ddl(input).toLowerCase();
          for (const each of all) {
            // At the start of a line: a member of an object may have the name of a column.
            const quoted = `\n  ${quote}${each.toLowerCase().replaceAll(quote, quote + quote)}${quote} `;
            const told = script.split('\n', 1)[0]?.includes(JSON.stringify(each.toLowerCase()));
            assert.notEqual(script.includes(quoted), told, `${engine}: ${each}`);
          }
        }
        const [table] = glueDefinition(input).CreateTable;
        assert.ok(
          table &&
            table.TableInput.StorageDescriptor.Columns.every(({ Name }) => /^[a-z_][a-z0-9_]*$/.test(Name)),
        );
      }),
      { numRuns: 300 },
    );
  });
});
