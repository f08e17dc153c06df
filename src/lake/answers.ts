import type { Outcome } from './outcome.js';
import { gone } from './outcome.js';
import { rawKey } from './keys.js';
import { unpackAnswer } from './unpack-answer.js';
import type { Storage } from '../storage/port.js';
import { getIfThere } from './objects.js';

/** An archived answer, checked against the hash in its name. */
export async function readRaw(storage: Storage, dataset: string, name: string): Promise<Outcome<Buffer>> {
  const key = rawKey(dataset, name);
  const found = await getIfThere(storage, key);
  return found ? unpackAnswer(key, found.body) : gone(key);
}
