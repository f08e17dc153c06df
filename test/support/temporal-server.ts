import { Client, Connection } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { type DevServer, startDevServer } from '../../src/embedded/dev-server.js';
import { askForServer, type ServerPlace, stopServer, TEST_SERVER_CONFIG } from './shared-server.js';
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

interface Running {
  readonly shared: SharedTemporal;
  /** Its connections. */
  readonly close: () => Promise<void>;
}

let running: Promise<Running> | undefined;

/**
 * The dev server of the whole run, in memory. Tests keep apart by task queues and workflow ids of their own: other files
 * work on it at the same time. Ask for it in `before`, with a time-out of a minute.
 */
export async function sharedTemporal(): Promise<SharedTemporal> {
  running ??= askForServer().then(connectTo);
  return (await running).shared;
}

/** Ends this file's connections to it, and the server where it is in the charge of this process. */
export async function stopSharedTemporal(): Promise<void> {
  const former = await running;
  running = undefined;
  await former?.close();
  await stopServer();
}

async function connectTo({ address, namespace }: ServerPlace): Promise<Running> {
  const connection = await Connection.connect({ address });
  let native: Promise<NativeConnection> | undefined;
  return {
    async close() {
      await (await native)?.close();
      await connection.close();
    },
    shared: {
      address,
      namespace,
      connection,
      client: new Client({ connection, namespace }),
      nativeConnection: () => (native ??= connectNative(address)),
    },
  };
}

/** A dev server of a file's own, in memory. */
export const startOwnServer = async (): Promise<DevServer> =>
  await startDevServer({
    cliPath: await temporalCli(),
    port: 0,
    uiPort: false,
    dynamicConfig: TEST_SERVER_CONFIG,
    log: () => undefined,
  });

/** The same, with clients, for a file whose dataset must have the name of another's: ids on a server are of the dataset. */
export async function ownTemporal(): Promise<SharedTemporal & { close(): Promise<void> }> {
  const server = await startOwnServer();
  const { shared, close } = await connectTo(server);
  return {
    ...shared,
    async close() {
      await close();
      await server.stop();
    },
  };
}

/** Loaded late: most tests need no worker, and the native module takes a second. */
export async function connectNative(address: string): Promise<NativeConnection> {
  const { NativeConnection } = await import('@temporalio/worker');
  return NativeConnection.connect({ address });
}
