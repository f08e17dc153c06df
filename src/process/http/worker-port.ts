import type { NativeConnection, Worker, WorkerInterceptors } from '@temporalio/worker';
import type { Config } from '../../config/config.js';
import type { Hour } from '../../dataset/hour.js';
import { stagingPrefix } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import { valueOf } from '../../lake/outcome.js';
import { readLedger as readStoredLedger } from '../../lake/ledgers.js';
import { readCoreMetrics } from '../metrics/core-metrics.js';
import { createLakeGauges } from '../metrics/lake-gauges.js';
import { measure } from '../metrics/measure.js';
import { createMetrics } from '../metrics/metrics.js';
import type { Storage } from '../../storage/port.js';
import { check, type Checks, createHealth } from './health.js';
import { type HttpPort, startHttp } from './server.js';

export interface WorkerPortInput {
  readonly datasets: readonly Pick<Config, 'dataset' | 'latenessMs' | 'idleMs'>[];
  readonly listen: { readonly host: string; readonly port: number };
  readonly storage: Storage;
  /** Where the SDK's core serves its own metrics (log.ts, `coreMetrics`). */
  readonly coreMetrics?: string;
}

export interface Served {
  /** undefined until it is made. */
  readonly worker: () => Pick<Worker, 'getState'> | undefined;
  readonly connection: Pick<NativeConnection, 'workflowService' | 'withDeadline'>;
  readonly namespace: string;
}

export interface WorkerPort {
  /** For the worker; counting begins with it. */
  readonly interceptors: WorkerInterceptors;
  serve(served: Served): Promise<HttpPort>;
}

const TEMPORAL_TIMEOUT_MS = 2_500;
/** Prometheus waits for 10 s, unless told otherwise. */
const LAKE_TIMEOUT_MS = 6_000;
const GONE = new Set(['STOPPED', 'FAILED']);

/** The worker's one HTTP port: metrics and health. */
export function createWorkerPort({ datasets, listen, storage, coreMetrics }: WorkerPortInput): WorkerPort {
  const metrics = createMetrics();
  const ofDatasets = new Map(datasets.map(({ dataset }) => [dataset, metrics.of(dataset)]));
  const gauges = datasets.map((config) =>
    createLakeGauges(ofDatasets.get(config.dataset)!, { storage, ...config }),
  );

  return {
    interceptors: measure(ofDatasets, (dataset, hour) => readLedger(storage, dataset, hour)),
    serve: ({ worker, connection, namespace }) => {
      const stateOf = (): string => worker()?.getState() ?? 'INITIALIZED';
      const temporalCheck = createHealth({
        temporal: () =>
          connection.withDeadline(Date.now() + TEMPORAL_TIMEOUT_MS, () =>
            connection.workflowService.describeNamespace({ namespace }),
          ),
      });
      const lakeCheck = createHealth({
        // Nothing lies there; a bucket or folder that is gone or refuses says so all the same.
        lake: async () =>
          await storage
            .list(stagingPrefix(datasets[0]?.dataset ?? '', 'health'))
            [Symbol.asyncIterator]()
            .next(),
      });
      const checks = async (): Promise<Checks> => {
        const [temporal, lake] = await Promise.all([temporalCheck(), lakeCheck()]);
        if (!lake['lake']?.ok) for (const each of gauges) each.forget();
        return { ...temporal, ...lake };
      };
      return startHttp({
        ...listen,
        checks,
        worker: () => {
          const state = stateOf();
          return { state, alive: !GONE.has(state), polling: state === 'RUNNING' };
        },
        async metrics() {
          // The gauges' own listings show whether the lake is there: asking for that besides would cost as much again.
          const [{ temporal }, lake] = await Promise.all([
            temporalCheck(),
            check(() => Promise.all(gauges.map((each) => each.refresh())), LAKE_TIMEOUT_MS),
          ]);
          for (const each of ofDatasets.values()) {
            each.polling.set(stateOf() === 'RUNNING' ? 1 : 0);
            each.temporalUp.set(temporal?.ok ? 1 : 0);
            each.lakeUp.set(lake.ok ? 1 : 0);
          }
          const [own, core] = await Promise.all([metrics.registry.metrics(), readCoreMetrics(coreMetrics)]);
          return { type: metrics.registry.contentType, text: `${own}${core}` };
        },
      });
    },
  };
}

/** The port of the configuration; undefined where none is asked for. */
export function openWorkerPort(
  datasets: readonly Config[],
  storage: Storage,
  coreMetrics?: string,
): WorkerPort | undefined {
  const listen = datasets[0]?.http;
  if (!listen) return undefined;
  return createWorkerPort({
    datasets,
    listen,
    storage,
    ...(coreMetrics === undefined ? {} : { coreMetrics }),
  });
}

/** Two listeners of one worker. */
export const both = (a: WorkerInterceptors, b: WorkerInterceptors | undefined): WorkerInterceptors => ({
  activity: [...(a.activity ?? []), ...(b?.activity ?? [])],
});

async function readLedger(storage: Storage, dataset: string, hour: Hour): Promise<Ledger | undefined> {
  return valueOf(await readStoredLedger(storage, dataset, hour))?.ledger;
}
