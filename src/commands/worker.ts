import type { Command } from 'commander';
import { type Choice, type Config, readConfigs } from '../config/config.js';
import type { Deployment } from '../config/deployment.js';
import { buildIdOf, makeCurrent } from '../process/deployment.js';
import { freePort } from '../embedded/ports.js';
import type { HttpPort } from '../process/http/server.js';
import { openWorkerPort } from '../process/http/worker-port.js';
import type { LakeName } from '../lake/identity.js';
import { agreeOnLake } from '../process/lake-agreement.js';
import { lakeWatch } from '../process/lake-watch.js';
import { installLog } from '../process/log.js';
import { ensureSearchAttributes } from '../process/search-attributes.js';
import type { Storage } from '../storage/port.js';
import type { RunningWorker } from '../process/own-queue.js';
import { createWorker } from '../worker.js';
import { connectClient } from '../process/connect.js';
import { connectWorker } from '../process/connect-worker.js';
import { openDatasets, portsOf } from './datasets.js';
import { checkWritable, openLakeToWrite } from './lake.js';
import { openThreads } from './worker-threads.js';
import { complain, untilSignal } from './output.js';

export function registerWorker(program: Command): void {
  program
    .command('worker')
    .description('run the activities and workflows until SIGTERM, then finish what is under way')
    .action(async (choice: Choice) => {
      const [config, ...others] = readConfigs({ source: true, choice });
      if (!config) return;
      const configs = [config, ...others] as const;
      const coreMetrics = config.http ? `127.0.0.1:${await freePort()}` : undefined;
      installLog('INFO', undefined, coreMetrics);
      const storage = await openLakeToWrite(config);
      await checkWritable(storage, config);
      const datasets = await openDatasets(configs, storage, { tell: (line) => tell('info', line) });
      const lake = await nameLake(configs, storage);
      const connection = await connectWorker(config.temporal);
      const namespace = config.temporal.namespace ?? 'default';
      const attributes = await ensureSearchAttributes(connection, namespace);
      if (attributes.kind === 'unavailable') tell('warn', attributes.why);
      if (config.deployment) tell('info', versionOf(config.deployment));
      const watched = openWorkerPort(configs, storage, coreMetrics);
      const threads = openThreads(config, datasets);
      let worker: RunningWorker | undefined;
      const stop = (): void => {
        if (worker?.getState() === 'RUNNING') worker.shutdown();
      };
      let refused: Error | undefined;
      let port: HttpPort | undefined;
      try {
        port = await watched?.serve({ worker: () => worker, connection, namespace });
        if (port) tell('info', `metrics and health at ${port.url}`);
        worker = await createWorker({
          connection,
          config: { taskQueue: config.taskQueue, namespace },
          deployment: config.deployment,
          shutdownGraceMs: config.shutdownGraceMs,
          ...(watched ? { interceptors: watched.interceptors } : {}),
          threads,
          lake,
          onOtherLake: lakeWatch(
            () => nameLake(configs, storage),
            (error) => {
              refused = error;
              stop();
            },
          ),
          storage,
          datasets: portsOf(datasets),
        });
        void untilSignal().then((signal) => {
          tell('info', `${signal}: draining`);
          stop();
        });
        await worker.run();
        if (refused) throw refused;
      } finally {
        await threads.close();
        await port?.close();
        await connection.close();
      }
    });
}

/** Refuses to begin where tasks of another lake would come; the client is for that alone. */
async function nameLake(configs: readonly [Config, ...Config[]], storage: Storage): Promise<LakeName> {
  const temporal = await connectClient(configs[0].temporal);
  try {
    return await agreeOnLake(temporal.client, configs, storage);
  } finally {
    await temporal.close();
  }
}

/** A version that is not current gets nothing to do: whoever reads the log should see how it gets something. */
function versionOf(deployment: Deployment): string {
  const { name, behavior } = deployment;
  const id = buildIdOf(deployment);
  return `version ${id} of the worker deployment ${name} (${behavior}); it gets new runs once it is current: ${makeCurrent(name, id)}`;
}

/** A line as the log writes them; for what is said outside of it. */
const tell = (level: string, message: string): void =>
  complain(JSON.stringify({ time: new Date().toISOString(), level, message }));
