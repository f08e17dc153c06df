import { rawKey } from '../domain/lake-keys.js';
import { unpackAnswer } from '../domain/unpack-answer.js';
import type { Storage } from '../storage/port.js';
import { getIfThere } from './lake.js';
import { currentPulse } from './pulse.js';
import { readAhead } from './read-ahead.js';

/** An answer may have LIMITS.bodyBytesMax, packed not much less. */
const READS_AT_ONCE = 4;

/** Archived answers in order, unpacked one after the other; undefined for one that is gone, or not what its name says. */
export async function* answersOf(
  storage: Storage,
  dataset: string,
  names: readonly string[],
): AsyncGenerator<readonly [string, Buffer | undefined]> {
  const pulse = currentPulse();
  const read = async (name: string): Promise<Buffer | undefined> =>
    (await getIfThere(storage, rawKey(dataset, name)))?.body;
  for await (const [name, packed] of readAhead(names, READS_AT_ONCE, read)) {
    pulse.beat();
    yield [name, packed && unpackAnswer(name, packed)];
  }
}
