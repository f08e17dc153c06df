import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ReportData } from '../../src/inspect/report/gather.js';
import { DATASET, writeLedgers } from '../inspect/report/ledgers.js';
import { type TempLake, tempLake } from '../support/lake.js';
import { fernlake, type Outcome } from './fernlake.js';

describe('fernlake report', function () {
  this.timeout(60_000);
  let lake: TempLake;
  const report = (...args: string[]): Promise<Outcome> =>
    fernlake(['report', ...args], {
      env: { FERNLAKE_LAKE: lake.uri, FERNLAKE_DATASET: DATASET },
      cwd: lake.dir,
    });

  before(async () => {
    lake = await tempLake();
    writeLedgers(lake, '2023-04-20T13', 30);
  });
  after(() => lake.remove());

  it('writes one page and says where', async () => {
    const { code, stdout } = await report('--out', 'page.html');
    assert.equal(code, 0);
    const file = path.join(lake.dir, 'page.html');
    assert(stdout.includes(file) && stdout.includes('30 hours'), stdout);
    assert.match(readFileSync(file, 'utf8'), /^<!doctype html>[^]*<\/html>\n$/);
  });

  it('writes the page to stdout, or its figures as JSON', async () => {
    assert.match((await report('--out', '-')).stdout, /^<!doctype html>/);
    const data = JSON.parse((await report('--json')).stdout) as ReportData;
    assert.equal(data.hours.length, 30);
    assert.equal(data.hours[5]?.missingCount, 12);
  });

  it('names a place that it cannot write to', async () => {
    const { code, stderr } = await report('--out', 'no/such/folder/page.html');
    assert.equal(code, 2);
    assert.match(stderr, /--out no\/such\/folder\/page\.html cannot be written \(ENOENT\)/);
  });
});
