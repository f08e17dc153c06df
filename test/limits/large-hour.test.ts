import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import type { Hour } from '../../src/dataset/hour.js';
import { tableKey } from '../../src/lake/keys.js';
import { claimLake } from '../../src/lake/stored-identity.js';
import { LIMITS } from '../../src/limits.js';
import type { HourSizes } from '../../src/tables/query/sizes.js';
import { sampleRecords } from '../support/by-hand.js';
import { expectedRow } from '../support/expected-rows.js';
import { type TempLake, tempLake } from '../support/lake.js';
import { rssOf } from './rss.js';

const HOUR = '2023-05-01T10' as Hour;
const ROWS = Number(process.env['FERNLAKE_LARGE_HOUR_ROWS'] ?? 17_000);
const FILLER = 'x'.repeat(Number(process.env['FERNLAKE_LARGE_HOUR_FILLER'] ?? 4_000));
/** Of rows like the real ones, half of that. */
const RSS_BYTES_MAX = 600_000_000;

/** Starts a process for each command. */
describe('an hour that is larger than what is read whole', function () {
  this.timeout(240_000);
  let lake: TempLake;
  before(async () => {
    lake = await tempLake();
    await claimLake(lake.storage);
    const rows: string[] = [];
    for (let from = 1; from <= ROWS; from += 1_000)
      for (const record of sampleRecords(from, from + 999, '2023-05-01T10:00:00.000Z'))
        rows.push(
          expectedRow({ ...record, detail: { ...record.detail, message: `${record.record_id} ${FILLER}` } }),
        );
    const members = Array.from({ length: Math.ceil(ROWS / 1_000) }, (_, i) =>
      gzipSync(
        rows
          .slice(i * 1_000, (i + 1) * 1_000)
          .map((row) => `${row}\n`)
          .join(''),
        { level: 1 },
      ),
    );
    await lake.storage.put(tableKey('logs', HOUR), Buffer.concat(members));
  });
  after(() => lake?.remove());

  it('has its sizes told, each form read back, in bounded memory', async () => {
    const args = ['sizes', '--hour', HOUR, '--json'];
    const { stdout, stderr, rssBytes } = await rssOf(args, {
      cwd: lake.dir,
      env: { FERNLAKE_LAKE: lake.uri },
    });
    assert.match(stdout, /^\{/, stderr);
    const { rows, sizes } = JSON.parse(stdout) as HourSizes;
    const bytes = Object.fromEntries(sizes.map((size) => [size.form, size.bytes]));
    assert.equal(rows, ROWS);
    assert(bytes['compact']! > LIMITS.wholeBytesMax, stdout);
    assert(bytes['JSON, indented by 4']! > bytes['compact']! && bytes['Parquet, zstd']! > 0, stdout);
    console.log(`      ${rows} rows of ${bytes['compact']} bytes took ${Math.round(rssBytes / 1e6)} MB`);
    assert(rssBytes < RSS_BYTES_MAX, `${Math.round(rssBytes / 1e6)} MB`);
  });
});
