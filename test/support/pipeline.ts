import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { WorkerInterceptors } from '@temporalio/worker';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import type { AuditReport } from '../../src/inspect/verify/findings.js';
import { type Config, readConfig } from '../../src/config/config.js';
import type { Deployment } from '../../src/config/deployment.js';
import { keyRingOf } from '../../src/process/key-ring.js';
import { arrivalMs, rawNameOf, rawPrefix } from '../../src/lake/keys.js';
import { claimLake } from '../../src/lake/stored-identity.js';
import { applySchedule, etlSettings, scheduleHandle } from '../../src/schedule.js';
import { diarySource } from './diary-source.js';
import { CODE } from '../../src/config/version.js';
import { formOf } from '../../src/dataset/form.js';
import { createWorker } from '../../src/worker.js';
import type { EtlSettings } from '../../src/workflows/messages.js';
import { anyRunning, executions } from './history.js';
import { keysUnder, ledgers, type TempLake, tempLake } from './lake.js';
import { quietLog } from './quiet-log.js';
import { sharedTemporal, type SharedTemporal } from './temporal-server.js';
import { until } from './until.js';

/** What a lake must have to be carried into, wherever it lives. */
export type TestLake = Pick<TempLake, 'uri' | 'storage' | 'remove'>;

/** The shared dev server unless another is given. */
type ServerParts = Pick<SharedTemporal, 'client' | 'address' | 'namespace' | 'nativeConnection'>;

/** One dataset with its own lake, task queue and schedule on the shared server; nothing runs until it is told to. */
export interface Pipeline<L extends TestLake = TempLake> {
  readonly client: Client;
  readonly config: Config;
  readonly dataset: string;
  readonly lake: L;
  readonly deps: ActivityDeps;
  readonly settings: EtlSettings;
  /** What a worker process would be configured with. */
  readonly env: Readonly<Record<string, string>>;
  /** The real worker, in this process; runs until `close` or its own `stop`. */
  startWorker(given?: {
    deps?: Partial<ActivityDeps>;
    interceptors?: WorkerInterceptors;
    deployment?: Deployment;
    /** Other datasets of the same lake and task queue that it serves, too. */
    beside?: readonly Pipeline[];
  }): Promise<StoppableWorker>;
  schedule(): Promise<void>;
  /** Waits until so many rows have landed, all hours taken together. */
  untilLanded(rows: number): Promise<void>;
  /** Pauses the schedule, waits until no workflow of this task queue runs any more, and has what is left merged. */
  settle(): Promise<void>;
  audit(): Promise<AuditReport>;
  /** Deletes the schedule, ends what still runs, stops the workers, removes the lake. */
  close(): Promise<void>;
}

export interface StoppableWorker {
  readonly stop: () => Promise<void>;
}

/** Short slots and short waits. */
const FAST: Readonly<Record<string, string>> = {
  FERNLAKE_SLOT: '2s',
  FERNLAKE_POLL_MIN: '100ms',
  FERNLAKE_POLL_MAX: '100ms',
  FERNLAKE_LATENESS: '1ms',
  FERNLAKE_IDLE: '1500ms',
};
const SHUTDOWN_GRACE_MS = 1_000;
/** How long no workflow may be seen running before nothing is believed to be: a slot, and visibility's delay. */
const STILL_MS = 600;
/** A worker that asks on for the next run asks at least this often (watch.ts). */
const ASKED_ON_MS = 2_200;
const LANDED_MS_MAX = 90_000;

/** What a worker serves whose tests make datasets as they go: those beside by their own parts, any other by these. */
class AnyDataset extends Map<string, ActivityDeps> {
  constructor(
    beside: readonly Pick<Pipeline, 'dataset' | 'deps'>[],
    private readonly others: ActivityDeps,
  ) {
    super(beside.map(({ dataset, deps }) => [dataset, deps]));
  }
  override has(): boolean {
    return true;
  }
  override get(dataset: string): ActivityDeps {
    return super.get(dataset) ?? this.others;
  }
}

/**
 * `sourceUrl`: of a sample API; without one, polls are refused. `env` overrides the fast settings. The lake is a folder of
 * its own unless given; one in S3 needs its server's environment both in `env` (worker processes) and in this process.
 */
export async function pipeline(sourceUrl: string, env?: Record<string, string>): Promise<Pipeline>;
export async function pipeline<L extends TestLake>(
  sourceUrl: string,
  env: Record<string, string>,
  given: L,
  temporal?: ServerParts,
): Promise<Pipeline<L>>;
export async function pipeline(
  sourceUrl: string,
  env: Record<string, string> = {},
  given?: TestLake,
  temporal?: ServerParts,
): Promise<Pipeline<TestLake>> {
  const { client, address, namespace, nativeConnection } = temporal ?? (await sharedTemporal());
  const lake = given ?? (await tempLake());
  const taskQueue = env['FERNLAKE_TASK_QUEUE'] ?? `t${randomBytes(5).toString('hex')}`;
  const dataset = env['FERNLAKE_DATASET'] ?? taskQueue;
  const all = {
    ...FAST,
    FERNLAKE_SOURCE_URL: sourceUrl,
    FERNLAKE_LAKE: lake.uri,
    FERNLAKE_DATASET: dataset,
    FERNLAKE_TASK_QUEUE: taskQueue,
    FERNET_KEYS: DEMO_KEY,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    ...env,
  };
  const config = readConfig({ source: true }, all);
  const named = await claimLake(lake.storage);
  const keyRing = keyRingOf(config.keys);
  const deps: ActivityDeps = {
    storage: lake.storage,
    source: diarySource({ url: sourceUrl, ...config.source }),
    keyRing,
    form: formOf(config.declaration),
    code: CODE,
  };
  const workers: StoppableWorker[] = [];
  const pause = (): Promise<void> => scheduleHandle(client, config).pause('the test is over');

  const untilStill = async (): Promise<void> => {
    let stillSinceMs: number | undefined;
    await until(
      'no workflow runs any more',
      async () => {
        if (await anyRunning(client, taskQueue)) stillSinceMs = undefined;
        else stillSinceMs ??= performance.now();
        return stillSinceMs !== undefined && performance.now() - stillSinceMs > STILL_MS;
      },
      60_000,
    );
  };

  return {
    client,
    config,
    dataset,
    lake,
    deps,
    env: all,
    settings: etlSettings(config, { lake: named }),
    async startWorker({ deps: other = {}, interceptors, deployment, beside = [] } = {}) {
      quietLog();
      const worker = await createWorker({
        connection: await nativeConnection(),
        config: { taskQueue, namespace },
        datasets: new AnyDataset(beside, { ...deps, ...other }),
        storage: other.storage ?? deps.storage,
        lake: named,
        shutdownGraceMs: SHUTDOWN_GRACE_MS,
        deployment,
        ...(interceptors ? { interceptors } : {}),
      });
      const ended = worker.run();
      const stop = async (): Promise<void> => {
        if (worker.getState() === 'RUNNING') worker.shutdown();
        await ended;
      };
      workers.push({ stop });
      return { stop };
    },
    schedule: async () => void (await applySchedule(client, config, { lake: named })),
    async untilLanded(rows) {
      await until(
        `${rows} rows are landed`,
        async () => {
          const all = await ledgers(lake.storage, dataset);
          return [...all.values()].reduce((sum, { landed }) => sum + landed, 0) >= rows;
        },
        LANDED_MS_MAX,
      );
    },
    async settle() {
      await pause();
      await untilStill();
      await until('the source is not asked any more', async () => {
        const [newest] = (await keysUnder(lake.storage, rawPrefix(dataset))).slice(-1);
        const quietMs = Math.max(STILL_MS, Math.min(ASKED_ON_MS, 2 * config.pollMaxMs));
        return newest === undefined || Date.now() - arrivalMs(rawNameOf(newest)) > quietMs;
      });
      // What only repeats is merged now and then: here it is merged now, so that nothing may be left.
      const { latenessMs, idleMs } = config;
      const contiguousIds = config.declaration.source.contiguous;
      const registered = (await setsSearchAttributes(client, config)) ? { searchAttributes: true } : {};
      await client.workflow.execute('reprocess', {
        workflowId: `${taskQueue}-tidy-${randomBytes(3).toString('hex')}`,
        taskQueue,
        args: [
          {
            dataset,
            lake: named,
            latenessMs,
            idleMs,
            contiguousIds,
            ...registered,
            mode: 'rebuild',
            from: null,
            to: null,
          },
        ],
      });
      await untilStill();
    },
    async audit() {
      const form = formOf(config.declaration);
      return await auditLake({ storage: lake.storage, dataset, ring: await keyRing(), form });
    },
    async close() {
      await scheduleHandle(client, config)
        .delete()
        .catch(() => undefined);
      for (const { workflowId, runId, status } of await executions(client, taskQueue)) {
        if (status.name !== 'RUNNING') continue;
        await client.workflow
          .getHandle(workflowId, runId)
          .terminate('the test is over')
          .catch(() => undefined);
      }
      await Promise.all(workers.map(({ stop }) => stop()));
      lake.remove();
    },
  };
}

/** Whether the schedule's runs set search attributes: what is started beside it then does, too. */
async function setsSearchAttributes(client: Client, config: Config): Promise<boolean> {
  const { action } = await scheduleHandle(client, config).describe();
  return (action.args?.[0] as Partial<EtlSettings> | undefined)?.searchAttributes === true;
}
