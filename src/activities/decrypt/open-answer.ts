import type { Buffer } from 'node:buffer';
import type { AnswerForm } from '../../dataset/envelope.js';
import type { RecordId } from '../../dataset/record-id.js';
import type { RefusedElement } from '../../dataset/reason.js';
import { readAnswer } from '../fetch/answer-reader.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { eachEnvelope } from './each-envelope.js';
import { openTokens, type TokenSink } from './fernet.js';
import { openPlain } from './open-plain.js';
import type { OpenedAnswer, TakePlain } from './opened.js';

/**
 * An answer of a batch. `carried`: its records are carried. `before`: an earlier batch carried it; it is here
 * only to tell what the first answer repeats, or whether a gap lies between the two. `gone`, `damaged`: it is
 * not in the archive any more, or not as it was stored.
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

/** An archived answer's body as an answer of a batch. */
export const answerOf = (
  ring: KeyRing,
  form: AnswerForm,
  raw: string,
  body: Buffer,
  kind: ReadableAnswer['kind'] = 'carried',
): ReadableAnswer => ({
  raw,
  kind,
  open: (take) => (form.isEncrypted ? openTokensOf(ring, form, body, take) : openPlain(form, body, take)),
});

/** Opens every token of an answer. One bad record never stops the others: what has none is refused. */
function openTokensOf(ring: KeyRing, form: AnswerForm, body: Buffer, take: TakePlain): OpenedAnswer {
  const [ids, indexes, tokens]: [RecordId[], number[], string[]] = [[], [], []];
  const opened = eachEnvelope(readAnswer(body, form).elements, form, (index, id, token) => {
    ids.push(id);
    indexes.push(index);
    tokens.push(token ?? '');
  });
  const undecryptable: RefusedElement[] = [];
  const sink: TokenSink = {
    plain: (at, bytes, from, end, keyId) => take(bytes, from, end, indexes[at]!, ids[at]!, keyId),
    refuse: (at, detail) => void undecryptable.push({ index: indexes[at]!, reason: 'undecryptable', detail }),
  };
  openTokens(ring, tokens, sink);
  const refusals = [...opened.refusals, ...undecryptable.sort((a, b) => a.index - b.index)];
  return { ...opened, refusals };
}
