import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ledgerKey, tableKey } from '../../src/lake/keys.js';
import { sampleRecords } from '../support/by-hand.js';
import { keysUnder } from '../support/lake.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { hour, Interruptions, SealBench } from './seal-bench.js';

const TEN = hour('2023-05-01T10');
const RECORDS = sampleRecords(1, 9, '2023-05-01T10:30:00.000Z');

/** Starts a dev server (shared) and a worker in this process. */
describe('sealHour lands the same rows', function () {
  this.timeout(60_000);
  const interruptions = new Interruptions();
  let run: Pipeline;
  let bench: SealBench;
  before(async () => {
    run = await pipeline('http://127.0.0.1:9/');
    await run.startWorker({ interceptors: interruptions.interceptors });
  });
  after(() => run?.close());
  beforeEach(async () => {
    bench = new SealBench(run);
    await bench.arrive(RECORDS.slice(0, 6));
  });

  /** Six records are sealed; three more wait, so that the next seal replaces an object and a ledger. */
  const sealedAndThreeMore = async (): Promise<void> => {
    await bench.seal(TEN);
    await bench.arrive(RECORDS.slice(6));
  };
  const emptyStaging = async (): Promise<void> => {
    const { storage } = run.lake;
    const staged = await keysUnder(storage, `staging/${bench.dataset}/`);
    assert(staged.length > 0, 'nothing was staged yet');
    await storage.delete(staged);
  };
  /** The same content as another object: what a seal by somebody else looks like to a condition. */
  const rewrite = async (key: string, change: (body: Buffer) => Buffer): Promise<void> => {
    const { storage } = run.lake;
    await storage.put(key, change((await storage.get(key)).body));
  };

  for (const activity of ['gzip', 'upload', 'settle']) {
    it(`when its scratch is gone before ${activity}`, async () => {
      await sealedAndThreeMore();
      interruptions.before(activity, emptyStaging);
      const ledger = await bench.seal(TEN);
      assert.deepEqual([ledger.revision, ledger.landed, ledger.late], [2, 9, 3]);
      await bench.assertLanded(TEN, RECORDS);
      await bench.assertTidy();
    });
  }

  it('when another seal has written the ledger first', async () => {
    await sealedAndThreeMore();
    interruptions.before('settle', () =>
      rewrite(ledgerKey(bench.dataset, TEN), (body) => Buffer.concat([body, Buffer.from('\n')])),
    );
    const ledger = await bench.seal(TEN);
    assert.deepEqual([ledger.revision, ledger.landed, ledger.late], [2, 9, 3]);
    await bench.assertLanded(TEN, RECORDS);
    await bench.assertTidy();
  });

  it('when another seal has written the object first', async () => {
    await sealedAndThreeMore();
    interruptions.before('upload', () =>
      rewrite(tableKey(bench.dataset, TEN), (body) => gzipSync(gunzipSync(body), { level: 1 })),
    );
    const ledger = await bench.seal(TEN);
    assert.deepEqual([ledger.revision, ledger.landed], [2, 9]);
    await bench.assertLanded(TEN, RECORDS);
    await bench.assertTidy();
  });

  for (const before of ['upload', 'settle'] as const) {
    for (const revision of [1, 2]) {
      it(`when the seal of revision ${revision} was ended before ${before} and began anew`, async () => {
        if (revision === 2) await sealedAndThreeMore();
        const records = revision === 2 ? RECORDS : RECORDS.slice(0, 6);
        const handle = await bench.start(TEN, { now: false });
        interruptions.before(before, async () => {
          await handle.terminate('the test ends it here');
          throw new Error('ended');
        });
        await handle.signal('advance', { watermarkMs: null, segments: false, now: true });
        await assert.rejects(handle.result(), { name: 'WorkflowFailedError' });
        const { storage } = run.lake;
        const ahead = await storage.head(tableKey(bench.dataset, TEN));
        if (before === 'settle') assert(ahead, 'the object should be ahead of its ledger');
        const ledger = await bench.seal(TEN);
        assert.deepEqual([ledger.revision, ledger.landed], [revision, records.length]);
        await bench.assertLanded(TEN, records);
        await storage.delete(await keysUnder(storage, `staging/${bench.dataset}/`));
        await bench.assertTidy();
      });
    }
  }
});
