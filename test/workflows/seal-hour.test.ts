import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { hourEndMs } from '../../src/dataset/hour.js';
import { tableKey } from '../../src/lake/keys.js';
import { advance, sealNow, sealStatus } from '../../src/workflows/messages.js';
import { sealWorkflowId } from '../../src/workflows/nudge.js';
import { sampleRecord, sampleRecords } from '../support/by-hand.js';
import { keysUnder, ledgerOf } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { hour, SealBench } from './seal-bench.js';

const TEN = hour('2023-05-01T10');
const IN_TEN = '2023-05-01T10:30:00.000Z';

/** Starts a dev server (shared) and a worker in this process. */
describe('sealHour closes an hour', function () {
  this.timeout(60_000);
  let run: Pipeline;
  let bench: SealBench;
  before(async () => {
    run = await pipeline('http://127.0.0.1:9/');
    await run.startWorker();
  });
  after(() => run?.close());
  beforeEach(() => (bench = new SealBench(run)));

  it('once the watermark has passed its end and the lateness, and not before', async () => {
    const records = sampleRecords(1, 5, IN_TEN);
    await bench.arrive(records);
    const handle = await bench.start(TEN, { latenessMs: 60_000 });
    const dueMs = hourEndMs(TEN) + 60_000;
    await handle.signal(advance, { watermarkMs: dueMs - 1, segments: true });
    const open = await handle.query(sealStatus);
    assert.deepEqual([open.state, open.watermarkMs, open.seals], ['open', dueMs - 1, 0]);
    await handle.signal(advance, { watermarkMs: dueMs, segments: false });
    const { ledger, seals } = await handle.result();
    assert.deepEqual([ledger?.landed, ledger?.revision, seals], [5, 1, 1]);
    await bench.assertLanded(TEN, records);
    await bench.assertTidy();
  });

  it('at once when it is started behind the watermark', async () => {
    await bench.arrive(sampleRecords(1, 5, IN_TEN));
    const handle = await bench.start(TEN, { watermarkMs: hourEndMs(TEN) });
    assert.equal((await handle.result()).ledger?.landed, 5);
  });

  it('by the wall clock when no segment has come for the idle time', async () => {
    await bench.arrive(sampleRecords(1, 5, IN_TEN));
    const startedMs = Date.now();
    const handle = await bench.start(TEN, { idleMs: 1_200 });
    assert.equal((await handle.query(sealStatus)).state, 'open');
    assert.equal((await handle.result()).ledger?.landed, 5);
    assert(Date.now() - startedMs >= 1_200);
  });

  it('later by the wall clock when newer records keep coming', async () => {
    await bench.arrive(sampleRecords(1, 5, IN_TEN));
    const startedMs = Date.now();
    const handle = await bench.start(TEN, { idleMs: 1_200, watermarkMs: Date.parse(IN_TEN) });
    for (let i = 1; i <= 4; i += 1) {
      await sleep(500);
      await handle.signal(advance, { watermarkMs: Date.parse(IN_TEN) + i, segments: true });
    }
    await handle.result();
    assert(Date.now() - startedMs >= 2_000 + 1_200);
  });

  it('when an operator asks for it, and opens it again for what comes later', async () => {
    const records = sampleRecords(1, 8, IN_TEN);
    await bench.arrive(records.slice(0, 5));
    const handle = await bench.start(TEN);
    await handle.executeUpdate(sealNow);
    assert.equal((await handle.result()).ledger?.landed, 5);
    await bench.arrive(records.slice(5));
    await bench.seal(TEN);
    await bench.assertLanded(TEN, records);
    await bench.assertTidy();
  });

  it('once for two nudges at the same moment', async () => {
    const records = sampleRecords(1, 5, IN_TEN);
    await bench.arrive(records);
    const handle = await bench.start(TEN);
    const message = { watermarkMs: hourEndMs(TEN), segments: true };
    await Promise.all([handle.signal(advance, message), handle.signal(advance, message)]);
    await handle.result();
    assert.equal((await bench.ledger(TEN)).revision, 1);
    await bench.assertLanded(TEN, records);
    await bench.assertTidy();
  });

  it('again under the same id for records that come late, as revision 2 in place of the first', async () => {
    const all = sampleRecords(1, 9, IN_TEN);
    const late = all.filter(({ record_id: id }) => id === 3 || id > 7);
    await bench.arrive(all.filter((record) => !late.includes(record)));
    const first = await bench.seal(TEN);
    assert.deepEqual([first.revision, first.landed, first.late, first.ids.missing], [1, 6, 0, [[3, 3]]]);
    await bench.arrive([...late, ...all.slice(0, 2)]);
    const second = await bench.seal(TEN);
    assert.deepEqual([second.revision, second.landed, second.late, second.duplicates], [2, 9, 3, 2]);
    assert.deepEqual(second.ids.missing, []);
    assert.notEqual(second.object?.etag, first.object?.etag);
    assert.equal((await run.lake.storage.head(tableKey(bench.dataset, TEN)))?.etag, second.object?.etag);
    await bench.assertLanded(TEN, all);
    await bench.assertTidy();
  });

  it('with what nobody has carried any more, and tells the other hours that it shows', async () => {
    const ten = sampleRecords(1, 20, IN_TEN);
    const eleven = sampleRecords(21, 25, '2023-05-01T11:00:00.000Z');
    for (let at = 0; at < 20; at += 5) await bench.arrive(ten.slice(at, at + 5));
    const both = await bench.archived([...ten.slice(15), ...eleven], 60_000);
    await bench.carry(both);
    const { storage } = run.lake;
    await storage.delete(await keysUnder(storage, `segments/${bench.dataset}/`));
    const handle = await bench.start(TEN, { watermarkMs: hourEndMs(TEN) + 2 * 3_600_000 });
    await handle.result();
    await bench.assertLanded(TEN, ten);
    await until('the hour behind it is sealed, too', async () =>
      ledgerOf(storage, bench.dataset, hour('2023-05-01T11')),
    );
    await bench.assertLanded(hour('2023-05-01T11'), eleven);
    await run.client.workflow.getHandle(sealWorkflowId(bench.dataset, hour('2023-05-01T11'))).result();
    await bench.assertTidy();
  });

  it('with nothing to do without touching its ledger', async () => {
    await bench.arrive(sampleRecords(1, 5, IN_TEN));
    const first = await bench.seal(TEN);
    assert.deepEqual(await bench.seal(TEN), first);
  });

  it('so that of two contents the first in the archive lands and the other is in quarantine', async () => {
    const first = sampleRecord(1, IN_TEN, 'cart');
    const other = sampleRecord(1, IN_TEN, 'purchase');
    // Carried in the other order than they arrived.
    const [early, later] = [await bench.archived([first], 0), await bench.archived([other], 1_000)];
    await bench.carry(later);
    await bench.carry(early);
    const ledger = await bench.seal(TEN);
    assert.deepEqual(
      [ledger.seen, ledger.landed, ledger.quarantined],
      [2, 1, { 'conflicting-duplicate': 1 }],
    );
    await bench.assertLanded(TEN, [first]);
    await bench.assertTidy();
  });

  it('again from the archive when an earlier content turns up after the other has landed', async () => {
    const first = sampleRecord(1, IN_TEN, 'cart');
    const other = sampleRecord(1, IN_TEN, 'purchase');
    await bench.carry(await bench.archived([other], 1_000));
    await bench.seal(TEN);
    await bench.assertLanded(TEN, [other]);
    // Of a worker whose clock is behind, or whose disk was slow.
    await bench.carry(await bench.archived([first], 0));
    const ledger = await bench.seal(TEN);
    assert.deepEqual([ledger.revision, ledger.quarantined], [2, { 'conflicting-duplicate': 1 }]);
    await bench.assertLanded(TEN, [first]);
    await bench.assertTidy();
  });

  it('and lets the next hour look again for the ids that it missed', async () => {
    const [eleven, twelve] = [hour('2023-05-01T11'), hour('2023-05-01T12')];
    await bench.arrive(sampleRecords(1, 5, IN_TEN));
    await bench.arrive(sampleRecords(9, 12, '2023-05-01T12:00:01.000Z'));
    await bench.seal(TEN);
    assert.deepEqual((await bench.seal(twelve)).ids.missing, [[6, 8]]);
    await bench.arrive(sampleRecords(6, 8, '2023-05-01T11:00:01.000Z'));
    await bench.seal(eleven);
    await until("12 o'clock has looked again", async () => {
      const { ids, complete, revision } = await bench.ledger(twelve);
      // Its rows are the same, so it is the same revision.
      return ids.missingCount === 0 && complete === 1 && revision === 1;
    });
    const { client } = run;
    await client.workflow.getHandle(`fernlake-${bench.dataset}-seal-${twelve}`).result();
    await bench.assertTidy();
  });
});
