import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
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

  it('shows every dataset of the file on one page, or the one that is named', async () => {
    writeLedgers(lake, '2023-04-20T13', 3, { dataset: 'orders' });
    const yaml = `lake: ${lake.uri}
datasets:
  logs: { preset: log-api, source: { url: "http://127.0.0.1:9/" }, record: { keys: "\${K}" } }
  orders: { preset: log-api, source: { url: "http://127.0.0.1:9/" }, record: { keys: "\${K}" } }
`;
    writeFileSync(path.join(lake.dir, 'fernlake.yaml'), yaml);
    const all = (...args: string[]): Promise<Outcome> => fernlake(['report', ...args], { cwd: lake.dir });
    const { stdout } = await all('--out', 'all.html');
    assert.match(stdout, /all\.html: 33 hours of 2 datasets/);
    const page = readFileSync(path.join(lake.dir, 'all.html'), 'utf8');
    assert.deepEqual(page.match(/<h2 class="dataset".*/g), [
      '<h2 class="dataset" id="logs">logs</h2>',
      '<h2 class="dataset" id="orders">orders</h2>',
    ]);
    const ids: readonly string[] = page.match(/ id="[^"]*"/g) ?? [];
    assert.deepEqual([new Set(ids).size, ids.includes(' id="orders-sizes"')], [ids.length, true]);
    const data = JSON.parse((await all('--json')).stdout) as ReportData[];
    assert.deepEqual(
      data.map(({ dataset, hours }) => [dataset, hours.length]),
      [
        ['logs', 30],
        ['orders', 3],
      ],
    );
    const one = JSON.parse((await all('--json', '--dataset', 'orders')).stdout) as ReportData;
    assert.equal(one.dataset, 'orders');
  });
});
