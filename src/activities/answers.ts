import { rawKey } from '../lake/keys.js';
import { gone, type Outcome } from '../lake/outcome.js';
import { unpackAnswer } from '../lake/unpack-answer.js';
import type { Storage } from '../storage/port.js';
import { getIfThere } from '../lake/objects.js';
import { currentPulse } from './pulse.js';
import { readAhead } from './read-ahead.js';

/** An answer may have LIMITS.bodyBytesMax, packed not much less. */
const READS_AT_ONCE = 4;

/** Archived answers in order, unpacked one after the other. */
export async function* answersOf(
  storage: Storage,
  dataset: string,
  names: readonly string[],
): AsyncGenerator<readonly [string, Outcome<Buffer>]> {
  const pulse = currentPulse();
  const packedOf = async (name: string): Promise<Buffer | undefined> =>
    (await getIfThere(storage, rawKey(dataset, name)))?.body;
  for await (const [name, packed] of readAhead(names, READS_AT_ONCE, packedOf)) {
    pulse.beat();
    const key = rawKey(dataset, name);
    yield [name, packed ? unpackAnswer(key, packed) : gone(key)];
  }
}
