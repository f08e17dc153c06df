import assert from 'node:assert/strict';
import os from 'node:os';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Hour } from '../../src/dataset/hour.js';
import { tableKey } from '../../src/lake/keys.js';
import type { HourSizes } from '../../src/tables/query/sizes.js';
import { type CaseLake, writeCaseLake } from '../tables/engines/case-lake.js';
import { CASES } from '../tables/engines/cases.js';
import { fernlake, type Outcome } from './fernlake.js';

describe('fernlake sizes', function () {
  this.timeout(60_000);
  let lake: CaseLake;

  before(async () => {
    lake = await writeCaseLake();
  });
  after(() => lake.remove());

  const sizes = (...args: string[]): Promise<Outcome> =>
    fernlake(['sizes', ...args], {
      cwd: os.tmpdir(),
      env: { FERNLAKE_LAKE: pathToFileURL(lake.dir).href },
    });
  const objectOf = (hour: string): string => path.join(lake.dir, tableKey('logs', hour as Hour));

  it('counts the source’s own records, indented by 4, and the object as it landed', async () => {
    const { code, stdout } = await sizes('--hour', '2024-02-28T03', '--json');
    assert.equal(code, 0);
    const shown = JSON.parse(stdout) as HourSizes;
    const records = CASES.filter(({ hour }) => hour === '2024-02-28T03').map(({ record }) => record);
    const bytes = Object.fromEntries(shown.sizes.map((size) => [size.form, size.bytes]));
    assert.equal(shown.rows, 3);
    assert.equal(bytes['JSON, indented by 4'], Buffer.byteLength(indented(records)));
    assert.equal(bytes['compact, gzip (as landed)'], statSync(objectOf('2024-02-28T03')).size);
    assert.equal(shown.sizes.length, 7);
  });

  it('sums over all hours, hostile texts included', async () => {
    const { stdout } = await sizes('--all', '--json');
    const shown = JSON.parse(stdout) as HourSizes & { hours: readonly HourSizes[] };
    assert.equal(shown.rows, CASES.length);
    assert.equal(shown.hours.length, lake.hours.length);
  });

  it('tells no size of an hour that does not come back the same', async () => {
    const file = objectOf('2024-01-01T00');
    const before = readFileSync(file);
    // A method that has a code, spelled out: the pipeline would never have written this row.
    const rows = gunzipSync(before).toString().replace('"method":"2"', '"method":"=POST"');
    writeFileSync(file, gzipSync(rows));
    const { code, stdout, stderr } = await sizes('--hour', '2024-01-01T00');
    writeFileSync(file, before);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /does not come back the same from its compact form/);
  });

  it('is a table that fits 80 columns, figures right', async () => {
    const { stdout } = await sizes('--hour', '2024-02-28T03');
    const lines = stdout.split('\n').slice(1, 9);
    assert.match(lines[0] ?? '', /^form +bytes +saved +bytes a row$/);
    assert.equal(new Set(lines.map(({ length }) => length)).size, 1, stdout);
    assert((lines[0]?.length ?? 0) <= 80, stdout);
    assert.match(stdout, /^Parquet, zstd +[\d,]+ +-?[\d.]+ % +[\d.]+$/m);
  });

  it('says so when the hour has no rows', async () => {
    const { code, stderr } = await sizes('--hour', '2024-02-28T04');
    assert.equal(code, 1);
    assert.match(stderr, /no rows landed in 2024-02-28T04/);
  });
});

/** In the order of the keys as they were sent; no case of that hour has what JSON.stringify would move or respell. */
const indented = (records: readonly object[]): string => JSON.stringify(records, null, 4);
