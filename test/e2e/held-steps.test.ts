import assert from 'node:assert/strict';
import {
  type ActivityInterceptorsFactory,
  NativeConnection,
  type WorkerInterceptors,
} from '@temporalio/worker';
import type { DecryptResult } from '../../src/activities/decrypt/activity.js';
import { openStorage } from '../../src/storage/open.js';
import type { Storage } from '../../src/storage/port.js';
import { assertTable, assertTidy } from '../support/assert-table.js';
import { pipeline, type Pipeline, type TestLake } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { sharedTemporal } from '../support/temporal-server.js';
import { steppedSource, type SteppedSource } from '../support/stepped-source.js';

interface Step {
  readonly worker: string;
  readonly name: string;
}

/** Starts a dev server (shared), a sample API on loopback and two workers in this process, each with a storage of its own. */
describe('the steps of a batch, with two workers', function () {
  this.timeout(120_000);
  let source: SteppedSource;
  let run: Pipeline;
  /** The same on another connection: the SDK has one worker of a task queue on each. */
  let second: Pipeline<TestLake>;
  let connection: NativeConnection;
  let steps: Step[];
  /** What the batches have put into staging/. */
  let staged: string[];

  beforeEach(async () => {
    [steps, staged] = [[], []];
    source = await steppedSource({ steps: 8, recordsPerStep: 30, minutesPerStep: 20 });
    run = await pipeline(source.server.url);
    const temporal = await sharedTemporal();
    connection = await NativeConnection.connect({ address: temporal.address });
    const same = { FERNLAKE_TASK_QUEUE: run.dataset, FERNLAKE_DATASET: run.dataset };
    const lake = { ...run.lake, remove: () => undefined };
    const parts = { ...temporal, nativeConnection: () => Promise.resolve(connection) };
    second = await pipeline(source.server.url, same, lake, parts);
  });
  afterEach(async () => {
    await second?.close();
    await run?.close();
    await connection?.close();
    await source?.server.close();
  });

  async function startWorker(
    worker: 'one' | 'two',
    change: (name: string, result: unknown) => unknown,
  ): Promise<void> {
    const storage = await openStorage(run.lake.uri);
    const watched: Storage = Object.assign(Object.create(storage) as Storage, {
      put: async (...[key, body, condition]: Parameters<Storage['put']>) => {
        if (/^staging\/.*\/(decrypted|compacted|bundle|packed)$/.test(key)) staged.push(key);
        return await storage.put(key, body, condition);
      },
    });
    const activity: ActivityInterceptorsFactory = ({ info }) => ({
      inbound: {
        execute: async (input, next) => {
          if (info.workflowType === 'etl') steps.push({ worker, name: info.activityType });
          return change(info.activityType, await next(input));
        },
      },
    });
    const interceptors: WorkerInterceptors = { activity: [activity] };
    await (worker === 'one' ? run : second).startWorker({ deps: { storage: watched }, interceptors });
  }

  async function carryAll(isShown: () => boolean = () => true): Promise<void> {
    await run.schedule();
    await run.untilLanded(source.records.length);
    // Slots go on, and carry what the source repeats.
    await until('it is shown', isShown, 60_000);
    await run.settle();
    await assertTable(run, source.records);
    await assertTidy(run);
  }

  it('run where the first one did, and leave nothing in the storage for each other', async () => {
    for (const worker of ['one', 'two'] as const) await startWorker(worker, (_, result) => result);
    await carryAll();
    assert.deepEqual(staged, []);
    const uploads = steps.filter(({ name }) => name === 'upload');
    assert(uploads.length > 0);
    for (const { worker } of uploads)
      assert(steps.some((step) => step.worker === worker && step.name === 'decrypt'));
    assert(!steps.some(({ name }) => name === 'sweep'), 'there is nothing to sweep');
  });

  it('land the same bytes where each lands on the worker that has not what it needs', async () => {
    const queues = new Map<string, string>();
    /** Each says that the other one holds its blob, once that has a name. */
    const swapped = (worker: string, other: string) => (name: string, result: unknown) => {
      if (name !== 'decrypt') return result;
      const decrypted = result as DecryptResult;
      queues.set(worker, decrypted.queue ?? '');
      return { ...decrypted, queue: queues.get(other) ?? decrypted.queue };
    };
    await startWorker('one', swapped('one', 'two'));
    await startWorker('two', swapped('two', 'one'));
    // Both have decrypted; what was gone then is computed again, and staged.
    await carryAll(() => queues.size === 2 && staged.length > 0);
  });

  it('land the same bytes where nobody serves the queue of the one that is gone', async () => {
    let gone = 0;
    await startWorker('one', (name, result) =>
      name === 'decrypt' && gone++ === 0
        ? { ...(result as DecryptResult), queue: `${run.dataset}-gone` }
        : result,
    );
    await carryAll();
    assert.deepEqual([...new Set(staged.map((key) => key.slice(key.lastIndexOf('/') + 1)))].sort(), [
      'bundle',
      'compacted',
      'decrypted',
      'packed',
    ]);
  });
});
