import { FernlakeError, isFernlakeError } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { segmentKey } from '../../lake/keys.js';
import type { Storage } from '../../storage/port.js';
import { readWhole } from '../../lake/objects.js';

/** So many names of one slot may be taken by other bytes; more is an error. */
const SEGMENT_NAMES_MAX = 1_000;

/** A segment's name: with `slot` and the first `n` that is not taken by other bytes. */
export interface SegmentName {
  readonly hour: Hour;
  readonly slot: string;
  readonly n: number;
}

/**
 * Puts a packed segment in place. It is never overwritten: a seal may have listed it. The same bytes under a name are the same
 * segment. Throws `LimitExceeded`.
 */
export async function putSegment(
  storage: Storage,
  dataset: string,
  { hour, slot, n: first }: SegmentName,
  bytes: Buffer,
): Promise<void> {
  for (let n = first; n < first + SEGMENT_NAMES_MAX; n += 1) {
    const key = segmentKey(dataset, hour, slot, n);
    if (await putAbsent(storage, key, bytes)) return;
    const there = await readWhole(storage, key, bytes.length);
    if (there.kind === 'read' && there.value.body.equals(bytes)) return;
  }
  throw new FernlakeError(
    'LimitExceeded',
    'terminal',
    `hour ${hour} has ${SEGMENT_NAMES_MAX} unsealed segments of slot ${slot}: is its seal stuck? See the workflow fernlake-${dataset}-seal-${hour}`,
    { details: { hour, slot } },
  );
}

async function putAbsent(storage: Storage, key: string, bytes: Buffer): Promise<boolean> {
  try {
    await storage.put(key, bytes, { kind: 'absent' });
    return true;
  } catch (error) {
    if (isFernlakeError(error, 'PreconditionFailed')) return false;
    throw error;
  }
}
