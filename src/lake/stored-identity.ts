import { randomUUID } from 'node:crypto';
import { FernlakeError, isFernlakeError } from '../errors.js';
import { decodeLake, encodeLake, LAKE_KEY, type LakeName } from './identity.js';
import { LIMITS } from '../limits.js';
import type { Storage } from '../storage/port.js';

/** Which lake this is; undefined where nobody has written to it yet. Throws `LakeCorrupt`. */
export async function readLakeName(storage: Storage): Promise<LakeName | undefined> {
  const { uri } = storage;
  try {
    const { body } = await storage.get(LAKE_KEY, LIMITS.smallBytesMax);
    return { id: decodeLake(body.toString('utf8'), uri), uri };
  } catch (error) {
    if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
    throw error;
  }
}

/** Names the lake if nobody has; returns its name. */
export async function claimLake(storage: Storage): Promise<LakeName> {
  const found = await readLakeName(storage);
  if (found) return found;
  try {
    await storage.put(LAKE_KEY, encodeLake(randomUUID()), { kind: 'absent' });
  } catch (error) {
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  }
  const named = await readLakeName(storage);
  if (named) return named;
  throw new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${storage.uri}/${LAKE_KEY} was written and is not there: somebody removes it`,
  );
}
