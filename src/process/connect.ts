import type { Client } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { FernlakeError, messageOf } from '../errors.js';
import { DENIED, isDenied } from './denied.js';
import { findFault } from './connect-fault.js';

const DEFAULT_ADDRESS = 'localhost:7233';
const CONNECT_TIMEOUT_MS = 5_000;

export interface Temporal {
  readonly client: Client;
  readonly namespace: string;
  readonly address: string;
  close(): Promise<void>;
}

/**
 * Throws FernlakeError `Configuration` naming the address when nobody answers there. The client is loaded only now: it
 * takes a third of a second, which help, or a setting that is wrong, should not wait for.
 */
export async function connectClient(config: ClientConnectConfig): Promise<Temporal> {
  const { connectionOptions, namespace = 'default' } = config;
  const address = connectionOptions.address ?? DEFAULT_ADDRESS;
  const { Client, Connection } = await import('@temporalio/client');
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS });
    return {
      client: new Client({ connection, namespace }),
      namespace,
      address,
      close: () => connection.close(),
    };
  } catch (error) {
    throw await unreachable(config, error);
  }
}

/** What to throw where no connection comes about: who was asked, why it failed, and what mends it. */
export async function unreachable(
  { connectionOptions }: ClientConnectConfig,
  error: unknown,
): Promise<FernlakeError> {
  const { address = DEFAULT_ADDRESS } = connectionOptions;
  const { what, mend, answers } = isDenied(error)
    ? { ...DENIED, answers: true }
    : ((await findFault(address, connectionOptions)) ?? {
        what: messageOf(error).split('\n', 1)[0] ?? '',
        mend: 'check TEMPORAL_ADDRESS',
        answers: false,
      });
  return new FernlakeError(
    'Configuration',
    'terminal',
    `${answers ? 'no connection to the Temporal server' : 'no Temporal server answers'} at ${address} (TEMPORAL_ADDRESS): ${what}. To mend it: ${mend}`,
    { details: { address } },
  );
}
