import type { Buffer } from 'node:buffer';
import { idShownBy, readEnvelope } from '../../dataset/envelope.js';
import type { RecordId } from '../../dataset/record-id.js';
import type { RefusedElement } from '../../dataset/reason.js';
import { readAnswer } from '../fetch/answer-reader.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { openTokens, type TokenSink } from './fernet.js';

/**
 * An answer on its way through a batch. `carried`: its records are. `before`: it was carried with an earlier batch, and only tells what
 * the first one repeats, or does not reach back to. `gone`, `damaged`: the archive does not have it any more, or not as it was stored.
 */
export type BatchAnswer = ReadableAnswer | UnreadAnswer;

export interface ReadableAnswer {
  readonly raw: string;
  readonly kind: 'carried' | 'before';
  /** Gives every record that a key opens to `take`. */
  readonly open: (take: TakePlain) => OpenedAnswer;
}

export interface UnreadAnswer {
  readonly raw: string;
  readonly kind: 'gone' | 'damaged';
}

/** Of a record in the clear, `bytes` from `from` to `end`, which are used again once this returns. In order. */
export type TakePlain = (
  bytes: Buffer,
  from: number,
  end: number,
  index: number,
  id: RecordId,
  keyId: string,
) => void;

/** What an answer shows beside its records in the clear. */
export interface OpenedAnswer {
  /** Of its array, whatever became of them. */
  readonly elements: number;
  /** Elements that are no record in the clear. */
  readonly refusals: readonly RefusedElement[];
  /** The highest whole-number id that an element names; null where none does. */
  readonly newestId: number | null;
}

/** An archived answer's body as an answer of a batch. */
export const answerOf = (
  ring: KeyRing,
  raw: string,
  body: Buffer,
  kind: ReadableAnswer['kind'] = 'carried',
): ReadableAnswer => ({ raw, kind, open: (take) => openAnswer(ring, readAnswer(body).elements, take) });

/** Opens every token of an answer. One bad record never stops the others: what has none is refused. */
function openAnswer(ring: KeyRing, envelopes: readonly unknown[], take: TakePlain): OpenedAnswer {
  const refusals: RefusedElement[] = [];
  const [ids, indexes, tokens]: [RecordId[], number[], string[]] = [[], [], []];
  let newestId = -1;
  for (let index = 0; index < envelopes.length; index += 1) {
    const envelope = readEnvelope(envelopes[index]);
    if (envelope.ok) {
      ids.push(envelope.id);
      indexes.push(index);
      tokens.push(envelope.token);
    } else refusals.push({ index, reason: envelope.reason, detail: envelope.detail });
    const id = envelope.ok ? envelope.id : idShownBy(envelopes[index]);
    if (typeof id === 'number' && id > newestId) newestId = id;
  }
  const undecryptable: RefusedElement[] = [];
  const sink: TokenSink = {
    plain: (at, bytes, from, end, keyId) => take(bytes, from, end, indexes[at]!, ids[at]!, keyId),
    refuse: (at, detail) => void undecryptable.push({ index: indexes[at]!, reason: 'undecryptable', detail }),
  };
  openTokens(ring, tokens, sink);
  refusals.push(...undecryptable.sort((a, b) => a.index - b.index));
  return { elements: envelopes.length, refusals, newestId: newestId < 0 ? null : newestId };
}
