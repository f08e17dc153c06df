import assert from 'node:assert/strict';
import os from 'node:os';
import { pathToFileURL } from 'node:url';
import { openDuckdb } from '../../src/tables/duckdb/session.js';
import { type CaseLake, writeCaseLake } from '../tables/engines/case-lake.js';
import { CASE_URLS, CASES } from '../tables/engines/cases.js';
import { expectedAnswer, expectedRows, question, sorted } from '../tables/engines/expected.js';
import { fernlake, type Outcome } from './fernlake.js';

describe('fernlake ddl', function () {
  this.timeout(60_000);
  let lake: CaseLake;

  before(async () => {
    lake = await writeCaseLake();
  });
  after(() => lake.remove());

  const ddl = (args: readonly string[]): Promise<Outcome> =>
    fernlake(['ddl', ...args], {
      cwd: os.tmpdir(),
      env: { FERNLAKE_LAKE: pathToFileURL(lake.dir).href, FERNLAKE_URLS: CASE_URLS.join(',') },
    });

  it('prints for DuckDB what answers the first question as the source does', async () => {
    const { code, stdout } = await ddl(['duckdb', '--formats', 'ndjson,parquet']);
    assert.equal(code, 0);
    const duckdb = await openDuckdb();
    try {
      await duckdb.run(stdout);
      for (const table of ['logs_readable', 'logs_parquet']) {
        const { rows } = await duckdb.rows(question(table));
        assert.deepEqual(sorted(rows), sorted(expectedAnswer(expectedRows(CASES))), table);
      }
    } finally {
      duckdb.close();
    }
  });

  it('names every sealed hour, and only those asked for, where partitions are explicit', async () => {
    const args = ['athena', '--partitions', 'explicit', '--location', 's3://bucket/lake'];
    const { stdout } = await ddl([...args, '--from', '2024-02-28', '--to', '2024-02']);
    const folders = [...stdout.matchAll(/day=(\d\d)\/hour=(\d\d)\/'/g)].map(
      ([, day, hour]) => `${day}T${hour}`,
    );
    assert.deepEqual(folders, ['28T03', '28T08', '28T09', '29T12', '29T18', '29T23']);
  });

  it('projects from the first sealed year to the one after the last, so that New Year hides nothing', async () => {
    const args = ['glue', '--partitions', 'projection', '--location', 's3://bucket', '--from', '2023'];
    const { stdout } = await ddl(args);
    assert.match(stdout, /"projection.year.range": "2023,2025"/);
  });

  it('prints tables that go on to the hour that it is, unless told of an end, for what computes its hours', async () => {
    for (const engine of ['athena', 'glue', 'trino']) {
      const { stdout } = await ddl([engine, '--location', 's3://bucket']);
      assert.match(stdout, /year=\d{4}\/month=\d\d\/day=\d\d\/hour=\d\d(,|', ')NOW/, engine);
      const { stdout: ended } = await ddl([engine, '--location', 's3://bucket', '--to', '2024-03']);
      assert.doesNotMatch(ended, /NOW/, engine);
      assert.match(ended, /year=2024\/month=03\/day=31\/hour=23/, engine);
    }
  });

  it('says what to do about a folder that an engine in the cloud cannot read', async () => {
    const { code, stderr } = await ddl(['bigquery']);
    assert.equal(code, 2);
    assert.match(stderr, /bigquery cannot read file:.*--location gs:\/\//);
  });

  it('refuses what it cannot mean', async () => {
    for (const args of [
      ['oracle'],
      ['athena', '--partitions', 'weekly'],
      ['bigquery', '--partitions', 'dt', '--location', 'gs://b'],
      ['duckdb', '--from', '2024-02-30'],
      ['duckdb', '--from', '2024', '--to', '2023'],
      ['duckdb', '--database', "x'y"],
      ['duckdb', '--formats', 'avro'],
    ]) {
      const { code, stdout, stderr } = await ddl(args);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.notEqual(stderr, '');
    }
  });
});
