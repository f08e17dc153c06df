import { rawKey } from '../lake/keys.js';
import { yieldToEventLoop } from '../lake/event-loop.js';
import { readWhole } from '../lake/objects.js';
import type { Outcome } from '../lake/outcome.js';
import { unpackAnswer } from '../lake/unpack-answer.js';
import { LIMITS } from '../limits.js';
import type { Storage, StoredObject } from '../storage/port.js';
import type { RecordForm } from '../dataset/form.js';
import { answerOf, type BatchAnswer } from './decrypt/open-answer.js';
import type { KeyRing } from '../dataset/fernet-keys.js';
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
  const packedOf = (name: string): Promise<Outcome<StoredObject>> =>
    readWhole(storage, rawKey(dataset, name));
  for await (const [name, packed] of readAhead(names, READS_AT_ONCE, packedOf)) {
    pulse.beat();
    yield [name, packed.kind === 'read' ? unpackAnswer(rawKey(dataset, name), packed.value.body) : packed];
  }
}

/** Answers that are wanted of the archive for a batch. */
export interface BatchNames {
  readonly dataset: string;
  /** Raw names, in order of arrival. */
  readonly raws: readonly string[];
  /** The answer before the first of them in the archive; null or left out where none is known. */
  readonly before?: string | null;
}

/** The answers of a batch, the one before them first. Stops once the answers hold `bodyBytesMax`. */
export async function* batchAnswers(
  { storage, form }: { readonly storage: Storage; readonly form: RecordForm },
  ring: KeyRing,
  { dataset, raws, before = null }: BatchNames,
  bodyBytesMax: number = LIMITS.batchBodyBytesMax,
): AsyncGenerator<BatchAnswer> {
  let bytes = 0;
  let isBefore = before !== null;
  for await (const [raw, found] of answersOf(storage, dataset, before === null ? raws : [before, ...raws])) {
    if (isBefore) {
      isBefore = false;
      if (found.kind === 'read') yield answerOf(ring, form.answers, raw, found.value, 'before');
    } else if (found.kind !== 'read') yield { raw, kind: found.kind };
    else {
      yield answerOf(ring, form.answers, raw, found.value);
      bytes += found.value.length;
      if (bytes >= bodyBytesMax) return;
    }
    await yieldToEventLoop();
  }
}

/**
 * The counts of a batch as Temporal's history gets them: answers that could not be read are named by their
 * keys in the archive.
 */
export const withKeys = <T extends { readonly gone: readonly string[]; readonly damaged: readonly string[] }>(
  dataset: string,
  counts: T,
): T => ({
  ...counts,
  gone: counts.gone.map((raw) => rawKey(dataset, raw)),
  damaged: counts.damaged.map((raw) => rawKey(dataset, raw)),
});
