import assert from 'node:assert/strict';
import type { ActivityExecuteInput } from '@temporalio/worker';
import { createMint, DEMO_KEY } from '../../../examples/source-server/index.js';
import { readLedger } from '../../../src/lake/ledgers.js';
import type { Activities } from '../../../src/activities/index.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { valueOf } from '../../../src/lake/outcome.js';
import { measure } from '../../../src/process/metrics/measure.js';
import { createMetrics, type MetricsOfWorker } from '../../../src/process/metrics/metrics.js';
import {
  Bench,
  DATASET,
  envelope,
  envelopes,
  HOUR_12,
  HOUR_13,
  MINUTE,
  T13,
} from '../../activities/bench.js';

const OTHER_KEY = Buffer.alloc(32, 7).toString('base64url');
const SLOT = '20230420T131500.000Z';

type Run = (input: unknown) => Promise<unknown>;

/** The bench's activities, each run through the interceptor that a worker with metrics has. */
function measured(bench: Bench, metrics: MetricsOfWorker): Bench {
  const { activity } = measure(
    new Map([[DATASET, metrics.of(DATASET)]]),
    async (dataset, hour) => valueOf(await readLedger(bench.storage, dataset, hour))?.ledger,
  );
  const factory = activity![0]!;
  return bench.placed((here) => {
    const through = (name: string, run: Run) => {
      const { inbound } = factory({ info: { activityType: name } } as Parameters<typeof factory>[0]);
      return (input: unknown): Promise<unknown> =>
        inbound!.execute!({ args: [input], headers: {} }, ({ args }: ActivityExecuteInput) => run(args[0]));
    };
    const named: Record<string, unknown> = {};
    for (const [name, run] of Object.entries(here as unknown as Record<string, Run>))
      named[name] = through(name, run);
    return named as unknown as Activities;
  });
}

/** Every counter of ours that moved, by its labels. */
async function moved({ registry }: MetricsOfWorker): Promise<Record<string, number>> {
  const counters: Record<string, number> = {};
  for (const { name, values } of await registry.getMetricsAsJSON())
    for (const { value, labels } of values) {
      if (!name.startsWith('fernlake_') || !name.endsWith('_total') || value === 0) continue;
      const { reason, form } = labels as { reason?: string; form?: string };
      counters[[name, reason ?? form ?? ''].join(' ').trim()] = value;
    }
  return counters;
}

describe('the counters of a worker', () => {
  const benches: Bench[] = [];
  const open = async (): Promise<{ bench: Bench; metrics: MetricsOfWorker }> => {
    const bench = await Bench.open();
    benches.push(bench);
    const metrics = createMetrics();
    return { bench: measured(bench, metrics), metrics };
  };
  afterEach(async () => {
    for (const bench of benches.splice(0)) await bench.close();
  });

  /** Duplicates, a conflict, refusals with an hour and without one. The same tokens for every lake. */
  const other = createMint(OTHER_KEY);
  const answers = [
    [...envelopes(1, 5, T13 - 2_000), 'no envelope', envelope(3, T13 + 1)],
    [...envelopes(3, 8, T13), { recordId: 9, data: 'no token' }],
    [envelope(10, T13, { url: 7 }), envelope(8, T13 + 5_000, { activity: 'x' })],
    [envelope(11, T13, {}, other)],
  ];
  const archive = async (bench: Bench): Promise<string[]> => {
    const raws: string[] = [];
    for (const [i, answer] of answers.entries()) raws.push(await bench.archive(T13 + i * MINUTE, answer));
    return raws;
  };

  it('move alike, whether a batch is carried step by step or at once', async () => {
    const [steps, atOnce] = [await open(), await open()];
    await steps.bench.carry(await archive(steps.bench), SLOT);
    await atOnce.bench.activities.carry({
      ...{ dataset: DATASET, raws: await archive(atOnce.bench), slot: SLOT, n: 0 },
    });
    for (const { bench } of [steps, atOnce]) await bench.sealAll([HOUR_12, HOUR_13]);
    const counted = await moved(atOnce.metrics);
    assert.deepEqual(counted, await moved(steps.metrics));
    assert.equal(counted['fernlake_records_carried_total'], 14);
    const { landed, duplicates, quarantined } = await atOnce.bench.ledger(HOUR_13);
    assert.deepEqual(
      [landed, duplicates, quarantined],
      [6, 3, { 'wrong-type': 1, 'conflicting-duplicate': 2 }],
    );
    assert.equal(counted['fernlake_records_quarantined_total conflicting-duplicate'], 2);
    assert.equal(counted['fernlake_records_quarantined_total undecryptable'], 2);
    const stored = [...(await atOnce.bench.keys('segments/')), ...(await atOnce.bench.keys('logs/'))];
    assert.ok(stored.length > 0 && (counted['fernlake_bytes_total uploaded'] ?? 0) > 0);
  });

  it('count no appearance into quarantine twice, and a redrive as what it carries and lands', async () => {
    const { bench, metrics } = await open();
    const raws = await archive(bench);
    await bench.carry(raws, SLOT);
    await bench.sealAll([HOUR_12, HOUR_13]);
    const before = await moved(metrics);
    const ring = createKeyRing([DEMO_KEY, OTHER_KEY]);
    const withKey = measured(bench.with({ keyRing: () => Promise.resolve(ring) }), metrics);
    const input = { dataset: DATASET, raws: [raws[3]!], slot: SLOT, n: 1, again: true };
    await withKey.activities.carry(input);
    await withKey.activities.carry(input);
    await withKey.sealAll([HOUR_13]);
    const after = await moved(metrics);
    const more = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    assert.equal(more('fernlake_records_carried_total'), 2 * 1);
    assert.equal(more('fernlake_records_landed_total'), 1);
    for (const name of Object.keys(after).filter((counter) => counter.includes('quarantined')))
      assert.equal(more(name), 0, name);
    assert.ok(more('fernlake_bytes_total uploaded') > 0);
  });
});
