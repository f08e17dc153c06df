import type { ClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { unreachable } from './connect.js';

/** The worker's own connection. Throws like `connectClient`. */
export async function connectWorker(config: ClientConnectConfig): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(config.connectionOptions);
  } catch (error) {
    throw await unreachable(config, error);
  }
}
