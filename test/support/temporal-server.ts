import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { askForServer, stopServer } from './shared-server.js';

export interface SharedTemporal {
  readonly address: string;
  readonly namespace: string;
  /** For clients; closed after the run. */
  readonly connection: Connection;
  readonly client: Client;
  /** For workers; made at the first call, closed after the run. */
  readonly nativeConnection: () => Promise<NativeConnection>;
}

interface Running {
  readonly shared: SharedTemporal;
  readonly closeNative: () => Promise<void>;
}

let running: Promise<Running> | undefined;

/**
 * The dev server of the whole run, in memory. Tests keep apart by task queues and workflow ids of their own: other files
 * work on it at the same time. Ask for it in `before`, with a time-out of a minute.
 */
export async function sharedTemporal(): Promise<SharedTemporal> {
  running ??= start();
  return (await running).shared;
}

/** Ends this file's connections to it, and the server where it is in the charge of this process. */
export async function stopSharedTemporal(): Promise<void> {
  const former = await running;
  running = undefined;
  await former?.closeNative();
  await former?.shared.connection.close();
  await stopServer();
}

async function start(): Promise<Running> {
  const { address, namespace } = await askForServer();
  const connection = await Connection.connect({ address });
  let native: Promise<NativeConnection> | undefined;
  return {
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
