import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { engineAudit, type EngineReport } from '../../../src/inspect/verify/engine.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { parquetKey, tableKey } from '../../../src/lake/keys.js';
import { openFolder } from '../../../src/storage/folder.js';
import { CASE_FORM, type CaseLake, writeCaseLake } from '../../tables/engines/case-lake.js';
import { CASES } from '../../tables/engines/cases.js';

const EIGHT = '2024-02-28T08' as Hour;
const NINE = '2024-02-28T09' as Hour;

describe('what an engine counts in a lake', function () {
  this.timeout(60_000);
  let lake: CaseLake;
  const cases = CASES.filter(({ hour }) => hour.startsWith('2024-02-28T0'));
  beforeEach(async () => (lake = await writeCaseLake(cases)));
  afterEach(() => lake.remove());

  const audit = async (): Promise<EngineReport> =>
    engineAudit({
      storage: await openFolder(pathToFileURL(lake.dir).href),
      ...{ dataset: 'logs', form: CASE_FORM },
    });
  const words = async (): Promise<string[]> =>
    (await audit()).findings.map(({ where, what }) => `${where}: ${what}`);
  const fileOf = (hour: Hour): string => path.join(lake.dir, tableKey('logs', hour));
  const rowsOf = (hour: Hour): string[] =>
    gunzipSync(readFileSync(fileOf(hour)))
      .toString()
      .split('\n')
      .slice(0, -1);
  const replace = (hour: Hour, text: string): void => writeFileSync(fileOf(hour), gzipSync(text));

  it('is what the ledgers say: rows, distinct ids and nested fields, of both forms', async () => {
    const n = cases.length;
    assert.deepEqual(await audit(), {
      ...{ engine: 'DuckDB', hours: lake.hours.length, findings: [] },
      rows: { ndjson: n, parquet: n },
    });
  });

  // The predecessor's two failures: of the hour that has them, and of no other.
  for (const [what, write] of [
    ['an array on one line', (rows: unknown[]) => JSON.stringify(rows)],
    ['a pretty-printed array', (rows: unknown[]) => JSON.stringify(rows, null, 4)],
  ] as const) {
    it(`shows ${what}`, async () => {
      replace(EIGHT, `${write(rowsOf(EIGHT).map((row) => JSON.parse(row) as unknown))}\n`);
      const found = await words();
      assert.equal(
        found[0],
        `${tableKey('logs', EIGHT)}: DuckDB cannot read it, or sees no row of this hour in it`,
      );
      assert.ok(
        found.every((each) => each.includes('day=28/hour=08')),
        found.join('\n'),
      );
    });
  }

  it('shows a row that is doubled, one that is gone, and a nested field that no row has', async () => {
    const [first = '', ...rest] = rowsOf(EIGHT);
    replace(EIGHT, [first, first, ...rest, ''].join('\n'));
    replace(NINE, [...rowsOf(NINE).slice(1), ''].join('\n'));
    const found = await words();
    assert.deepEqual(found.slice(0, 1), [
      `${tableKey('logs', EIGHT)}: rows with inDate: DuckDB counts 4, not 3`,
    ]);
    assert.ok(found.includes(`${tableKey('logs', NINE)}: distinct record_id: DuckDB counts 2, not 3`));
    // Of Parquet, which still has three.
    assert.ok(
      found.includes(`${parquetKey('logs', NINE)}: rows with detail.levelname: DuckDB counts 3, not 2`),
    );
  });

  it('shows an empty object, which engines stumble over, and a file that is gone', async () => {
    writeFileSync(fileOf(EIGHT), '');
    rmSync(path.join(lake.dir, parquetKey('logs', NINE)));
    const found = await words();
    assert.ok(found.some((each) => each.startsWith(`${tableKey('logs', EIGHT)}: DuckDB cannot read it`)));
    assert.ok(found.some((each) => each.startsWith(`${parquetKey('logs', NINE)}: DuckDB cannot read it`)));
    assert.ok(
      found.every((each) => /hour=0[89]/.test(each)),
      found.join('\n'),
    );
  });
});
