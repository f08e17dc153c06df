import { LOG_FORM, logForm } from '../../support/forms.js';
import assert from 'node:assert/strict';
import type { Hour } from '../../../src/dataset/hour.js';
import { athenaDdl } from '../../../src/tables/engines/athena.js';
import { bigqueryDdl } from '../../../src/tables/engines/bigquery.js';
import type { DdlInput } from '../../../src/tables/engines/ddl.js';
import { duckdbDdl } from '../../../src/tables/engines/duckdb.js';
import { glueDdl, glueDefinition } from '../../../src/tables/engines/glue.js';
import { sparkDdl } from '../../../src/tables/engines/spark.js';
import { trinoDdl } from '../../../src/tables/engines/trino.js';
import { statementsOf } from './statements.js';

const URLS = ["/it's/", '/back\\slash/'];

const INPUT: DdlInput = {
  database: 'lake_db',
  dataset: 'logs',
  location: 's3://bucket/prefix',
  formats: ['ndjson', 'parquet'],
  partitions: 'projection',
  from: '2023-04-20T13' as Hour,
  to: '2024-04-20T14' as Hour,
  hours: ['2023-04-20T03', '2023-04-20T08'] as Hour[],
  form: logForm({ urls: URLS }),
};

const SQL_ENGINES = { athenaDdl, trinoDdl, bigqueryDdl, duckdbDdl, sparkDdl };

describe('the statements for an engine', () => {
  for (const [name, ddl] of Object.entries(SQL_ENGINES)) {
    const script = ddl(INPUT);
    const view = statementsOf(script).find((statement) => /VIEW.*logs_readable/.test(statement)) ?? '';

    it(`${name} declares every field of the row schema, and gives each back in the view`, () => {
      for (const field of LOG_FORM.columns) {
        assert.match(script, new RegExp(`["\`]${field.name}["\`]`, 'i'));
        assert.match(view, new RegExp(`["\`]${field.name}["\`]`, 'i'));
        for (const member of field.members ?? []) assert.match(script, new RegExp(`\\b${member.name}\\b`));
      }
      for (const key of ['year', 'month', 'day', 'hour']) assert.match(view, new RegExp(`["\`]${key}["\`]`));
    });

    it(`${name} knows every method's code, and every url's, with its quotes and backslashes`, () => {
      ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT'].forEach((method, i) =>
        assert.match(view, new RegExp(`= '${i + 1}' THEN '${method}'`)),
      );
      const doubled = name === 'sparkDdl' || name === 'bigqueryDdl';
      assert.ok(view.includes(doubled ? "THEN '/it\\'s/'" : "THEN '/it''s/'"));
      assert.ok(view.includes(doubled ? "THEN '/back\\\\slash/'" : "THEN '/back\\slash/'"));
    });

    it(`${name} leaves Parquet out where there is none`, () => {
      assert.match(script, /parquet\/logs/);
      assert.doesNotMatch(ddl({ ...INPUT, formats: ['ndjson'] }), /parquet/i);
    });
  }

  it('give what a user has added to the schema a column, typed in the view and in Parquet', () => {
    const form = logForm({
      urls: URLS,
      fields: [
        { name: 'sessionId', type: 'text' },
        { name: 'score', type: 'number' },
      ],
    });
    const casts = {
      athenaDdl: /try_cast\("score" AS double\)/,
      trinoDdl: /try_cast\("score" AS double\)/,
      bigqueryDdl: /SAFE_CAST\(`score` AS FLOAT64\)/,
      duckdbDdl: /TRY_CAST\("score" AS DOUBLE\)/,
      sparkDdl: /try_cast\(`score` AS DOUBLE\)/,
    };
    for (const [name, ddl] of Object.entries(SQL_ENGINES)) {
      const script = ddl({ ...INPUT, form });
      assert.match(script, casts[name as keyof typeof casts], name);
      assert.match(script, /["`]sessionid["`]/i);
      assert.doesNotMatch(ddl(INPUT), /score/);
    }
    const [json, parquet] = glueDefinition({ ...INPUT, form }).CreateTable;
    const typeIn = (table: typeof json): string | undefined =>
      table?.TableInput.StorageDescriptor.Columns.find(({ Name }) => Name === 'score')?.Type;
    assert.deepEqual([typeIn(json), typeIn(parquet)], ['string', 'double']);
  });

  it('project no year in which there is no hour, and pad with zeros as the folders do', () => {
    assert.match(athenaDdl(INPUT), /'projection.year.range' = '2023,2024'/);
    assert.match(athenaDdl(INPUT), /'projection.hour.digits' = '2'/);
    assert.match(trinoDdl(INPUT), /"hour" integer WITH \(.*ARRAY\['0', '23'\].*digits = 2\)/);
  });

  it('name each sealed hour, with its folder, where partitions are explicit', () => {
    for (const ddl of [athenaDdl, trinoDdl, sparkDdl]) {
      const script = ddl({ ...INPUT, partitions: 'explicit' });
      assert.match(script, /s3:\/\/bucket\/prefix\/logs\/year=2023\/month=04\/day=20\/hour=03\//);
      assert.match(script, /s3:\/\/bucket\/prefix\/parquet\/logs\/year=2023\/month=04\/day=20\/hour=08\//);
      assert.doesNotMatch(script, /projection/);
    }
  });

  it('have one key for the whole path, up to now and no further, in the style dt', () => {
    const script = athenaDdl({ ...INPUT, partitions: 'dt' });
    assert.match(script, /PARTITIONED BY \(`dt` string\)/);
    assert.ok(script.includes(`"'year='yyyy/'month='MM/'day='dd/'hour='HH"`));
    assert.match(script, /'year=2023\/month=04\/day=20\/hour=13,NOW'/);
    assert.ok(script.includes("'s3://bucket/prefix/logs/${dt}'"));
  });

  it('let a line that cannot be read fail the query', () => {
    assert.match(athenaDdl(INPUT), /'ignore.malformed.json' = 'false'/);
    assert.match(sparkDdl(INPUT), /mode 'FAILFAST'/);
    assert.match(bigqueryDdl(INPUT), /max_bad_records = 0/);
    assert.doesNotMatch(duckdbDdl(INPUT), /ignore_errors/);
  });

  it('declare the same table to Glue as to Athena', () => {
    const [table] = glueDefinition(INPUT).CreateTable;
    const input = table?.TableInput;
    assert.equal(input?.StorageDescriptor.Location, 's3://bucket/prefix/logs/');
    const athena = athenaDdl(INPUT);
    for (const column of input?.StorageDescriptor.Columns ?? [])
      assert.ok(athena.includes(`\`${column.Name}\` ${column.Type} COMMENT '${column.Comment}'`));
    for (const [key, value] of Object.entries(input?.Parameters ?? {}))
      if (key !== 'EXTERNAL') assert.ok(athena.includes(`'${key}' = '${value}'`), key);
    assert.deepEqual(input?.PartitionKeys[0], { Name: 'year', Type: 'int' });
  });

  it('keep Athena’s view for Glue as Trino writes it', () => {
    const view = glueDefinition(INPUT).CreateTable.at(-1)?.TableInput;
    const [, base64 = ''] = /^\/\* Presto View: (.*) \*\/$/.exec(view?.ViewOriginalText ?? '') ?? [];
    const definition = JSON.parse(Buffer.from(base64, 'base64').toString()) as {
      originalSql: string;
      columns: { name: string; type: string }[];
      runAsInvoker: boolean;
    };
    assert.ok(athenaDdl(INPUT).includes(definition.originalSql));
    assert.equal(definition.runAsInvoker, true, 'open Trino asks whose rights a view reads with');
    assert.deepEqual(
      definition.columns.filter(({ name }) => ['indate', 'record_id', 'hour', 'detail'].includes(name)),
      [
        { name: 'record_id', type: 'bigint' },
        { name: 'indate', type: 'timestamp(3)' },
        { name: 'detail', type: 'row("message" varchar, "levelname" varchar)' },
        { name: 'hour', type: 'integer' },
      ],
    );
  });

  it('make one partition a sealed hour for Glue, without padding, a hundred a call', () => {
    const hours = Array.from({ length: 150 }, (_, i) =>
      new Date(Date.UTC(2023, 3, 20, i)).toISOString().slice(0, 13),
    ) as Hour[];
    const calls = glueDefinition({ ...INPUT, partitions: 'explicit', hours }).BatchCreatePartition;
    assert.deepEqual(
      calls.map(({ TableName, PartitionInputList }) => [TableName, PartitionInputList.length]),
      [
        ['logs', 100],
        ['logs', 50],
        ['logs_parquet', 100],
        ['logs_parquet', 50],
      ],
    );
    assert.deepEqual(calls[0]?.PartitionInputList[3]?.Values, ['2023', '4', '20', '3']);
    assert.equal(
      calls[0]?.PartitionInputList[3]?.StorageDescriptor.Location,
      's3://bucket/prefix/logs/year=2023/month=04/day=20/hour=03/',
    );
    JSON.parse(glueDdl(INPUT));
  });

  it('type the keys by hand for BigQuery, in the definition and in the load command', () => {
    const script = bigqueryDdl({ ...INPUT, location: 'gs://bucket' });
    assert.match(script, /WITH PARTITION COLUMNS \(`year` INT64, `month` INT64, `day` INT64, `hour` INT64\)/);
    assert.match(script, /--hive_partitioning_mode=CUSTOM/);
    assert.match(
      script,
      /gs:\/\/bucket\/logs\/\{year:INTEGER\}\/\{month:INTEGER\}\/\{day:INTEGER\}\/\{hour:INTEGER\}/,
    );
  });
});
