import { valueOfMetric } from '../../support/metric-value.js';
import assert from 'node:assert/strict';
import type { QuarantineSummary } from '../../../src/inspect/verify/quarantine-summary.js';
import type { AuditReport } from '../../../src/inspect/verify/findings.js';
import type { ReportData } from '../../../src/inspect/report/gather.js';
import type { Status } from '../../../src/inspect/status/screen.js';
import { hourEndMs } from '../../../src/dataset/hour.js';
import { createLakeGauges } from '../../../src/process/metrics/lake-gauges.js';
import { createMetrics } from '../../../src/process/metrics/metrics.js';
import { rawNameOf } from '../../../src/lake/keys.js';
import { envelope, HOUR_12, HOUR_13, MINUTE, T13 } from '../../activities/bench.js';
import { fernlake } from '../../commands/fernlake.js';
import { Copy, type Sample, sampleLake } from './damaged-lake.js';

const HOUR = 60 * MINUTE;

/** Starts a process for each command. */
describe('what is counted of a lake', function () {
  this.timeout(60_000);
  let sample: Sample;
  let copy: Copy;
  before(async () => {
    sample = await sampleLake();
    const { bench } = sample;
    const raws = await bench.keys('raw/');
    await bench.carry([rawNameOf(raws.at(-1)!)], 'f');
    // The same bad records again and again: with an hour and without, in an hour that is sealed, and in one that is open.
    const bad = [envelope(7, T13 + MINUTE, { activity: 5 }), { recordId: 15, data: 'x' }, null];
    for (let n = 0; n < 5; n += 1)
      await bench.archiveAndCarry(
        T13 + (80 + n) * MINUTE,
        [...bad, envelope(30, T13 + 65 * MINUTE, { url: 1 })],
        `z${n}`,
      );
    await bench.sealAll([HOUR_12, HOUR_13]);
    // More sealed hours than a day has.
    for (let n = 2; n < 32; n += 1)
      await bench.sealAll([
        ...(await bench.carry(
          [await bench.archive(T13 + (n + 1) * HOUR, [envelope(40 + 2 * n, T13 + n * HOUR)])],
          `y${n}`,
        )),
      ]);
    copy = await Copy.of(bench);
  });
  after(async () => {
    await copy?.remove();
    await sample?.bench.close();
  });

  const ask = async <T>(...args: string[]): Promise<T> => {
    const { stdout, stderr } = await fernlake([...args, '--json'], {
      cwd: copy.dir,
      env: { FERNLAKE_LAKE: copy.uri, TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    assert.ok(stdout.startsWith('{'), stderr);
    return JSON.parse(stdout) as T;
  };

  it('is the same in status, report, quarantine list and verify, under the same names', async () => {
    const verified = await ask<AuditReport>('verify');
    const { counts } = await ask<ReportData>('report');
    const { lake } = await ask<Status>('status', '--all');
    const listed = await ask<QuarantineSummary>('quarantine', 'list');
    assert.deepEqual(verified.findings, []);
    assert.deepEqual(lake.counts, counts);
    const { hours, landed, duplicates, missing, quarantined, quarantinedRecords } = counts;
    assert.deepEqual(
      { hours, landed, duplicates, missing, quarantined, quarantinedRecords },
      {
        hours: verified.hours,
        landed: verified.landed,
        duplicates: verified.duplicates,
        missing: verified.missing,
        quarantined: verified.quarantined,
        quarantinedRecords: verified.quarantinedRecords,
      },
    );
    assert.deepEqual(
      [listed.quarantined, listed.quarantinedRecords, listed.reasons],
      [quarantined, quarantinedRecords, counts.reasons],
    );
    assert.equal(hours, 2 + 30);
    assert.equal(lake.hours.length, 24);
    assert.equal(
      lake.missing.reduce((sum, { missingCount }) => sum + missingCount, 0),
      missing,
    );
  });

  it('is the same in the metrics, of the hours that they are about: the newest day of sealed ones', async () => {
    const { lake } = await ask<Status>('status');
    const metrics = createMetrics();
    const { storage } = sample.bench;
    await createLakeGauges(metrics.of('logs'), {
      storage,
      dataset: 'logs',
      latenessMs: 1,
      idleMs: 1,
    }).refresh();
    const gauge = async (name: string) => await valueOfMetric(metrics.registry, name);
    const { missing } = lake.counts;
    assert.ok(missing > 0);
    assert.equal(await gauge('fernlake_recent_missing_ids'), missing);
    assert.equal(
      await gauge('fernlake_newest_sealed_hour_end_timestamp_seconds'),
      hourEndMs(lake.hours.at(-1)!.hour) / 1000,
    );
  });

  it('is records first, and their appearances second', async () => {
    const listed = await ask<QuarantineSummary>('quarantine', 'list');
    // 7, 15, 30, null, and the other 5.
    assert.deepEqual([listed.quarantinedRecords, listed.quarantined], [5, 4 + 5 * 4]);
    assert.deepEqual(listed.reasons['wrong-type'], { records: 2, appearances: 1 + 2 * 5 });
    const run = (...args: string[]) =>
      fernlake(args, { cwd: copy.dir, env: { FERNLAKE_LAKE: copy.uri, TEMPORAL_ADDRESS: '127.0.0.1:1' } });
    assert.match((await run('quarantine', 'list')).stdout, /^5 records in all, which appeared 24 times/m);
    assert.match((await run('verify')).stdout, /quarantined +24 {2}of 5 records/);
    assert.match((await run('status', '--all')).stdout, /quarantine +5 records \(24 appearances\) in all: /);
    assert.match(
      (await run('report', '--out', '-')).stdout,
      /5 records could not land, which appeared 24 times/,
    );
  });
});
