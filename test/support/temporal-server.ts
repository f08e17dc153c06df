import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { startDevServer, type DevServer } from '../../src/embedded/dev-server.js';
import { temporalCli } from './temporal-cli.js';

export interface SharedTemporal {
  readonly address: string;
  readonly namespace: string;
  /** For clients; closed after the run. */
  readonly connection: Connection;
  readonly client: Client;
  /** For workers; made at the first call, closed after the run. */
  readonly nativeConnection: () => Promise<NativeConnection>;
}

/**
 * What a laptop's server does for tests: one partition a task queue, so that a task never waits in one that nobody polls
 * (default 4), no scanners, which only tidy up what lives for weeks, and a quick look at versions.
 */
export const TEST_SERVER_CONFIG = {
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'worker.taskQueueScannerEnabled': false,
  'worker.historyScannerEnabled': false,
  // Whether a version of a worker deployment is drained is looked at every 3 minutes.
  'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '1s',
  'matching.wv.VersionDrainageStatusRefreshInterval': '1s',
} as const;

interface Running {
  readonly server: DevServer;
  readonly shared: SharedTemporal;
  readonly closeNative: () => Promise<void>;
}

let running: Promise<Running> | undefined;

/**
 * One dev server for the whole run, in memory, started by the first test that asks and stopped by the root hooks. Tests
 * keep apart by task queues and workflow ids of their own. Ask for it in `before`, with a time-out of a minute.
 */
export async function sharedTemporal(): Promise<SharedTemporal> {
  running ??= start();
  return (await running).shared;
}

export async function stopSharedTemporal(): Promise<void> {
  if (running === undefined) return;
  const { server, shared, closeNative } = await running;
  running = undefined;
  await closeNative();
  await shared.connection.close();
  await server.stop();
}

async function start(): Promise<Running> {
  const startedMs = performance.now();
  const server = await startDevServer({
    cliPath: await temporalCli(),
    port: 0,
    uiPort: false,
    dynamicConfig: TEST_SERVER_CONFIG,
    log: console.log,
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `    (started a Temporal dev server at ${server.address} in ${seconds} s, process ${server.pid})`,
  );
  const connection = await Connection.connect({ address: server.address });
  const { address, namespace } = server;
  let native: Promise<NativeConnection> | undefined;
  return {
    server,
    closeNative: async () => (await native)?.close(),
    shared: {
      address,
      namespace,
      connection,
      client: new Client({ connection, namespace }),
      nativeConnection: () => (native ??= connectNative(address)),
    },
  };
}

/** Loaded late: most tests need no worker, and the native module takes a second. */
export async function connectNative(address: string): Promise<NativeConnection> {
  const { NativeConnection } = await import('@temporalio/worker');
  return NativeConnection.connect({ address });
}
