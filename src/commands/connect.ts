import { Client, Connection } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { FernlakeError, messageOf } from '../domain/errors.js';

const CONNECT_TIMEOUT_MS = 5_000;

export interface Temporal {
  readonly client: Client;
  readonly namespace: string;
  readonly address: string;
  close(): Promise<void>;
}

/** Throws FernlakeError `Configuration` naming the address when nobody answers there. */
export async function connectClient({
  connectionOptions,
  namespace = 'default',
}: ClientConnectConfig): Promise<Temporal> {
  const address = connectionOptions.address ?? 'localhost:7233';
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS });
    return {
      client: new Client({ connection, namespace }),
      namespace,
      address,
      close: () => connection.close(),
    };
  } catch (error) {
    throw unreachable(address, error);
  }
}

/** The worker's own connection. Throws like `connectClient`. */
export async function connectWorker({ connectionOptions }: ClientConnectConfig): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connectionOptions);
  } catch (error) {
    throw unreachable(connectionOptions.address ?? 'localhost:7233', error);
  }
}

function unreachable(address: string, error: unknown): FernlakeError {
  const why = messageOf(error).split('\n', 1)[0] ?? '';
  return new FernlakeError(
    'Configuration',
    'terminal',
    `no Temporal server answers at ${address} (TEMPORAL_ADDRESS): ${why}. Start one with \`npm start\`, or name yours`,
    { details: { address } },
  );
}
