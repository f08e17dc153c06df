import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CaseLake, writeCaseLake } from '../tables/engines/case-lake.js';
import { CASE_URLS, CASES } from '../tables/engines/cases.js';
import { expectedAnswer, expectedRows, question, sorted } from '../tables/engines/expected.js';
import { textForm } from '../support/text-ids.js';
import { fernlake, type Outcome } from './fernlake.js';

describe('fernlake query', function () {
  this.timeout(60_000);
  let lake: CaseLake;

  before(async () => {
    lake = await writeCaseLake();
  });
  after(() => lake.remove());

  const query = (sql: string, ...args: string[]): Promise<Outcome> =>
    fernlake(['query', sql, ...args], {
      cwd: os.tmpdir(),
      env: { FERNLAKE_LAKE: pathToFileURL(lake.dir).href, FERNLAKE_URLS: CASE_URLS.join(',') },
    });

  for (const table of ['logs', 'logs_parquet']) {
    it(`answers from ${table} as the source records do`, async () => {
      const { code, stdout } = await query(question(table), '--format', 'json');
      assert.equal(code, 0);
      const rows = (JSON.parse(stdout) as Record<string, unknown>[]).map((row) => Object.values(row));
      assert.deepEqual(sorted(rows), sorted(expectedAnswer(expectedRows(CASES))));
    });
  }

  it('shows the compact rows as logs_raw, and the ledgers', async () => {
    const sql = `SELECT r.method, r.inDate, l.landed, l.ids."first" FROM logs_raw r, ledger l
      WHERE r.record_id = 1004 AND l.hour = '2024-02-28T08'`;
    const { stdout } = await query(sql, '--format', 'csv');
    assert.equal(stdout, 'method,inDate,landed,first\n2,240228080059007,3,1004\n');
  });

  it('reads only the hours asked for', async () => {
    const sql = 'SELECT DISTINCT year, month, day, hour FROM logs ORDER BY ALL';
    const { stdout } = await query(sql, '--from', '2024-02-28T08', '--to', '2024-02-28', '--format', 'csv');
    assert.equal(stdout, 'year,month,day,hour\n2024,2,28,8\n2024,2,28,9\n');
  });

  it('quotes in CSV what has to be, and tells NULL from an empty text', async () => {
    const { stdout } = await query(`SELECT 'a,"b"' AS x, NULL AS y, '' AS z`, '--format', 'csv');
    assert.equal(stdout, 'x,y,z\n"a,""b""",,""\n');
  });

  it('lets no text of a record reach the terminal as a command', async () => {
    const { stdout } = await query("SELECT '\u001b[2J\nnext' AS x");
    assert.match(stdout, /\\u\{1b\}\[2J\\u\{a\}next/);
  });

  it('calls the tables of another dataset by its name, whose ids may be text', async () => {
    const orders = await writeCaseLake(CASES, textForm(null), 'orders');
    try {
      const sql = `SELECT min(o.record_id) AS id, count(r.record_id) AS n, count(p.record_id) AS p, any_value(l.ids."last") AS l
        FROM orders o JOIN orders_raw r USING (record_id) JOIN orders_parquet p USING (record_id), ledger l
        WHERE l.hour = '2024-02-28T08' AND o.year = 2024 AND o.month = 2 AND o.day = 28 AND o.hour = 8`;
      const { stderr, stdout } = await fernlake(['query', sql, '--format', 'csv', '--dataset', 'orders'], {
        cwd: os.tmpdir(),
        env: { FERNLAKE_LAKE: pathToFileURL(orders.dir).href },
      });
      assert.equal(stdout, 'id,n,p,l\nid-1004,3,3,id-1006\n', stderr);
    } finally {
      orders.remove();
    }
  });

  it('has every table, empty, in a lake without rows', async () => {
    const empty = mkdtempSync(path.join(os.tmpdir(), 'fernlake-empty-'));
    writeFileSync(path.join(empty, 'lake.json'), '{"id":"00000000-0000-4000-8000-000000000000","form":1}');
    try {
      const sql = `SELECT (SELECT count(*) FROM logs) + (SELECT count(*) FROM logs_raw) + (SELECT count(*) FROM logs_parquet)
        + (SELECT count(*) FROM ledger) + (SELECT count(*) FROM quarantine) AS n`;
      const { code, stdout } = await fernlake(['query', sql, '--format', 'csv'], {
        cwd: os.tmpdir(),
        env: { FERNLAKE_LAKE: pathToFileURL(empty).href },
      });
      assert.deepEqual([code, stdout], [0, 'n\n0\n']);
    } finally {
      rmSync(empty, { recursive: true, force: true });
    }
  });

  it('says what is wrong with a query, and exits with 2', async () => {
    const { code, stderr } = await query('SELECT nope FROM logs');
    assert.equal(code, 2);
    assert.match(stderr, /the query failed: .*nope/);
  });
});
