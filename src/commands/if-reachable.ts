import type { Config } from '../config/config.js';
import { messageOf } from '../errors.js';
import { connectClient, type Temporal } from '../process/connect.js';

export interface Unreachable {
  /** Why, in one line. */
  readonly unreachable: string;
}

/** Asks Temporal; where it does not answer, that is an answer, too: what else a command shows it shows all the same. */
export async function ifReachable<T>(
  { temporal: config }: Pick<Config, 'temporal'>,
  ask: (temporal: Temporal) => Promise<T>,
): Promise<T | Unreachable> {
  try {
    const temporal = await connectClient(config);
    try {
      return await ask(temporal);
    } finally {
      await temporal.close();
    }
  } catch (error) {
    return { unreachable: messageOf(error).split('\n', 1)[0] ?? '' };
  }
}
