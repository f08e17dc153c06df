import assert from 'node:assert/strict';
import { RawValue } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import fc from 'fast-check';
import type { SealStatus } from '../../src/workflows/messages.js';
import { sampleRecords } from '../support/by-hand.js';
import { historyOf } from '../support/history.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';
import { hour, SealBench } from './seal-bench.js';

const RUNS = 60;
const MESSAGES = 40;
const HOUR = hour('2023-05-01T10');
const FAR_OFF = hour('9999-12-31T23');

type Json = Record<string, unknown>;

/** A payload as somebody may send it: text that JavaScript cannot write (1e999, a number that is none), or bytes that are no JSON. */
const payload = (encoding: string, data: string): RawValue =>
  RawValue.fromPayload({ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) });

const NASTY: readonly unknown[] = [
  ...[
    null,
    true,
    '',
    'x',
    '../..',
    [],
    {},
    [[]],
    ['x'],
    [HOUR],
    ['20230420T131500.000Z/../x'],
    '2023-02-30T10',
    FAR_OFF,
    '\u0000',
  ],
  ...[-1, 0, 0.5, -0, 1e15, -1e300, 1e308, Number.MAX_SAFE_INTEGER + 2, 8.64e15, 8.65e15, 3.2e12],
];
const TEXTS = ['1e999', '-1e999', '{"dataset":"logs","slotMs":1e999}', '{', '', '[1e999]', '"\\ud800"'];

/** One member, however deep, is another thing or gone. */
function mutations(valid: Json): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.constantFrom(...pathsOf(valid)), fc.constantFrom(undefined, ...NASTY))
    .map(([path, value]) => {
      const changed = structuredClone(valid);
      const last = path.at(-1) ?? '';
      const holder = path.slice(0, -1).reduce<Json>((inner, name) => inner[name] as Json, changed);
      if (value === undefined) delete holder[last];
      else holder[last] = value;
      return changed;
    });
}

function pathsOf(value: Json): string[][] {
  return Object.entries(value).flatMap(([name, inner]) => [
    [name],
    ...(typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? pathsOf(inner as Json).map((path) => [name, ...path])
      : []),
  ]);
}

const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(...NASTY),
  fc.constantFrom(...TEXTS).map((text) => payload('json/plain', text)),
  fc.constantFrom(...TEXTS).map((text) => payload('binary/unknown', text)),
);

/** Starts a dev server (shared) and one plain worker process, which has to live through all of it. */
describe('nonsense that is sent to workflows', function () {
  this.timeout(180_000);
  let run: Pipeline;
  let bench: SealBench;
  let worker: WorkerProcess;
  let n = 0;
  before(async () => {
    run = await pipeline('http://127.0.0.1:9/', { FERNLAKE_SLOT: '1h', FERNLAKE_POLL_MAX: '1h' });
    bench = new SealBench(run);
    worker = await startWorkerProcess({ ...run.env, FERNLAKE_DATASET: bench.dataset });
  });
  after(async () => {
    await worker?.kill();
    await run?.close();
  });

  const start = async (type: string, args: readonly unknown[]): Promise<WorkflowHandle> => {
    n += 1;
    const { taskQueue } = run.config;
    return await run.client.workflow.start(type, {
      workflowId: `${taskQueue}-${n}`,
      taskQueue,
      args: [...args],
    });
  };
  const sealOf = (of: string): Json => {
    const { latenessMs, idleMs, contiguousIds } = run.settings;
    return { dataset: bench.dataset, hour: of, latenessMs, idleMs, contiguousIds, watermarkMs: null };
  };
  const etlOf = (): Json => structuredClone(run.settings) as unknown as Json;
  const reprocessOf = (): Json => {
    const { latenessMs, idleMs, contiguousIds } = run.settings;
    return {
      dataset: bench.dataset,
      latenessMs,
      idleMs,
      contiguousIds,
      mode: 'rebuild',
      from: null,
      to: null,
    };
  };

  /** `refused`: failed as InvalidInput. `taken`: the workflow found it good. A run whose tasks fail is neither. */
  async function outcomeOf(handle: WorkflowHandle): Promise<'refused' | 'taken'> {
    const outcome = await until(
      `${handle.workflowId} is refused or taken`,
      async () => {
        const { status } = await handle.describe();
        if (status.name === 'FAILED') return 'ended';
        const events = (await historyOf(run.client, handle.workflowId)).events ?? [];
        assert(
          events.every((event) => !event.workflowTaskFailedEventAttributes),
          `a task of ${handle.workflowId} failed`,
        );
        return events.some((event) => event.workflowTaskCompletedEventAttributes) && 'taken';
      },
      60_000,
    );
    if (outcome === 'taken') {
      await handle.terminate('seen enough').catch(() => undefined);
      return 'taken';
    }
    const error = (await handle.result().catch((thrown: unknown) => thrown)) as { cause?: Json };
    const { cause } = error.cause as { cause?: Error };
    if (cause?.message.startsWith('this worker serves')) return 'taken';
    assert.equal(error.cause?.['type'], 'InvalidInput', String(error.cause?.['message']));
    return 'refused';
  }

  const assertAlive = (): void => {
    assert.doesNotThrow(() => process.kill(worker.pid, 0), worker.output());
    assert.doesNotMatch(worker.output(), /async hook stack|heap out of memory|unhandled/i);
  };

  it('is refused with the reason where the input of a run lacks what it needs', async () => {
    const handle = await start('etl', [{ dataset: 'logs' }]);
    await assert.rejects(handle.result(), (error: { cause: Error }) => {
      assert.match(error.cause.message, /^etl cannot work with its input: .*slotMs is missing; /);
      assert.match(error.cause.message, /fernlake schedule trigger/);
      return true;
    });
    assertAlive();
  });

  it('is refused at once where its dataset is none that the worker serves', async () => {
    for (const [type, input] of [
      ['etl', etlOf()],
      ['sealHour', sealOf(HOUR)],
      ['reprocess', reprocessOf()],
    ] as const) {
      const handle = await start(type, [{ ...input, lake: undefined, dataset: 'nobodys' }]);
      const error = (await handle.result().catch((thrown: unknown) => thrown)) as Error;
      const said = `${String(error.cause)}\n${String((error.cause as Error).cause)}`;
      assert.match(said, /this worker serves \w+, not the dataset nobodys: declare it/, type);
    }
    assertAlive();
  });

  it(`fails alone, ${RUNS} times, while a good run beside it seals its hour`, async () => {
    const pace = {
      newestId: 5,
      shownBy: null,
      askedAtMs: 1,
      movedAtMs: 1,
      ratePerSecond: 1,
      window: 100,
      intervalMs: 1_000,
    };
    const memory: Json = {
      pace: { ...pace, dueAtMs: 1, stillPolls: 0, stalledPolls: 0, bodySha256: null },
      down: null,
      processedThroughMs: null,
      processed: [],
      watermarkMs: null,
      open: [],
      quiet: [],
      quietSinceMs: null,
    };
    const report: Json = {
      ...{ slot: 'x', kind: 'live', polls: 0, fresh: 0, lost: [], lostCount: 0, batches: 0 },
      ...{ records: 0, quarantined: 0, hours: [], ratePerSecond: null },
    };
    const slot = { startMs: 0, endMs: Date.now() + 5_000, kind: 'live', name: '19700101T000000.000Z' };
    const result = {
      ...{ carried: 0, hours: 0, sealed: 0, changed: {}, nudged: {} },
      ...{ gone: [], damaged: [], failed: [], unnamed: 0 },
    };
    const run = '20230501T100000.000Z-3f9a';
    const going: Json = {
      ...{ step: 'carry', run, behind: null, done: 0, stepStartedMs: 0, atOnce: 2 },
      ...{ touched: {}, watermarkMs: null, result },
    };
    const ofPiece = { dataset: bench.dataset, contiguousIds: true, mode: 'rebuild' };
    const carrying: Json = { ...ofPiece, run, from: '2023-05-01T10', to: '2023-05-01T11', atOnce: 2 };
    const sealing: Json = {
      ...reprocessOf(),
      again: {},
      first: { '2023-05-01': '10' },
      watermarkMs: 0,
      atOnce: 2,
    };
    const nonsense = fc.oneof(
      fc.tuple(
        fc.constantFrom('etl', 'sealHour', 'reprocess', 'carryPiece', 'sealPiece'),
        fc.array(anything, { maxLength: 3 }),
      ),
      mutations(etlOf()).map((input) => ['etl', [input]] as const),
      mutations({ slot, memory, report }).map((earlier) => ['etl', [etlOf(), earlier]] as const),
      mutations(sealOf(HOUR)).map((input) => ['sealHour', [input]] as const),
      mutations(reprocessOf()).map((input) => ['reprocess', [input]] as const),
      mutations(going).map((earlier) => ['reprocess', [reprocessOf(), earlier]] as const),
      mutations(carrying).map((piece) => ['carryPiece', [piece]] as const),
      mutations(sealing).map((piece) => ['sealPiece', [piece]] as const),
    );
    const samples = fc.sample(nonsense, { numRuns: RUNS, seed: 19 });
    const outcomes = { refused: 0, taken: 0 };
    await bench.arrive(sampleRecords(1, 5, '2023-05-01T10:30:00.000Z'));
    const good = bench.seal(HOUR);
    for (let at = 0; at < samples.length; at += 10) {
      const some = await Promise.all(samples.slice(at, at + 10).map(([type, args]) => start(type, args)));
      for (const outcome of await Promise.all(some.map(outcomeOf))) outcomes[outcome] += 1;
      assertAlive();
    }
    assert.equal((await good).landed, 5);
    assert(outcomes.refused > RUNS / 4 && outcomes.taken > RUNS / 8, JSON.stringify(outcomes));
  });

  it('lets the seal of an hour wait for which no timer is long enough', async () => {
    const handle = await start('sealHour', [sealOf(FAR_OFF)]);
    assert.equal(await outcomeOf(handle), 'taken');
    assertAlive();
  });

  it(`changes nothing for a good run that gets ${MESSAGES} signals and updates of it`, async () => {
    const eleven = hour('2023-05-01T11');
    await bench.arrive(sampleRecords(6, 10, '2023-05-01T11:30:00.000Z'));
    const handle = await bench.start(eleven, { idleMs: 3_600_000, watermarkMs: 0 });
    const advance: Json = { watermarkMs: null, segments: false, now: false, rebuild: false };
    const samples = fc.sample(
      fc.oneof(
        fc.array(anything, { maxLength: 3 }),
        mutations(advance).map((m) => [m]),
      ),
      {
        numRuns: MESSAGES,
        seed: 3,
      },
    );
    for (const [i, args] of samples.entries()) {
      // What is taken must not close the hour: these are what a good signal may hold.
      if (closes(args[0])) continue;
      await handle.signal('advance', ...args);
      if (i % 8 === 0)
        await assert.rejects(handle.executeUpdate('sealNow', { args: [args] } as never), isRefusal);
    }
    const status = await handle.query<SealStatus, []>('status');
    assert.equal(status.state, 'open');
    await handle.executeUpdate('sealNow');
    assert.equal((await handle.result()).ledger?.landed, 5);
    const events = (await historyOf(run.client, handle.workflowId)).events ?? [];
    assert(events.every((event) => !event.workflowTaskFailedEventAttributes));
    assertAlive();
    assert.match(worker.output(), /a signal that cannot be understood was passed over/);
  });
});

const isRefusal = ({ cause }: { cause?: Error }): boolean =>
  /the update takes no input/.test(cause?.message ?? '');

function closes(message: unknown): boolean {
  const { watermarkMs, now } = (message ?? {}) as Json;
  return now === true || (typeof watermarkMs === 'number' && watermarkMs > 1e12);
}
