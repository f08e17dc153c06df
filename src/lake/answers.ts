import { rawKey } from './keys.js';
import type { Outcome } from './outcome.js';
import { unpackAnswer } from './unpack-answer.js';
import type { Storage } from '../storage/port.js';
import { readWhole } from './objects.js';

/** An archived answer, checked against the hash in its name. */
export async function readRaw(storage: Storage, dataset: string, name: string): Promise<Outcome<Buffer>> {
  const found = await readWhole(storage, rawKey(dataset, name));
  return found.kind === 'read' ? unpackAnswer(found.value.key, found.value.body) : found;
}
