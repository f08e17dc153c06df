import { Client, Connection } from '@temporalio/client';
import path from 'node:path';
import { startDevServer } from '../../src/embedded/dev-server.js';
import { temporalCli } from '../../test/support/temporal-cli.js';
import { temporalClusterOrSkip } from '../../test/support/temporal-cluster.js';
import type { SharedTemporal } from '../../test/support/temporal-server.js';
import type { BenchContext } from './bench.js';
import { scratchDir } from './lake-copy.js';
import { PeerMissing } from './peers.js';

/** A Temporal server for a bench; workers are processes of their own, so nobody needs a native connection. */
export interface BenchTemporal extends Pick<
  SharedTemporal,
  'client' | 'address' | 'namespace' | 'nativeConnection'
> {
  /** undefined where it is more than one process. */
  readonly pid: number | undefined;
}

const noNative = (): never => {
  throw new Error('benches start workers as processes');
};

/** The dev server as `fernlake up` has it, on a SQLite file; stopped at the end of the bench. */
export async function benchDevServer({ onEnd }: BenchContext): Promise<BenchTemporal> {
  const { dir, remove } = scratchDir('temporal');
  onEnd(remove);
  const server = await startDevServer({
    cliPath: await temporalCli(),
    port: 0,
    uiPort: false,
    dbFile: path.join(dir, 'temporal.db'),
    log: () => undefined,
  });
  onEnd(async () => void (await server.stop()));
  const { address, namespace, pid } = server;
  const connection = await Connection.connect({ address });
  onEnd(() => connection.close());
  return {
    client: new Client({ connection, namespace }),
    address,
    namespace,
    nativeConnection: noNative,
    pid,
  };
}

/** Temporal on PostgreSQL, set up by docker-compose.temporal.yml. Throws PeerMissing where that cannot be. */
export async function benchCluster({ onEnd }: BenchContext): Promise<BenchTemporal> {
  const context = {
    skip: () => {
      throw new PeerMissing('Temporal on PostgreSQL needs Go for its server, and PostgreSQL');
    },
  };
  const cluster = await temporalClusterOrSkip(context as unknown as Mocha.Context);
  onEnd(() => cluster.stop());
  const { client, address, namespace } = cluster;
  return { client, address, namespace, nativeConnection: noNative, pid: undefined };
}
