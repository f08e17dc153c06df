import { type AnswerForm, idShownBy, readEnvelope } from '../../dataset/envelope.js';
import type { RefusedElement } from '../../dataset/reason.js';
import type { RecordId } from '../../dataset/record-id.js';
import type { OpenedAnswer } from './opened.js';

/** Calls with every whole envelope, in order; the others are refused. */
export function eachEnvelope(
  elements: readonly unknown[],
  form: AnswerForm,
  use: (index: number, id: RecordId, payload: string | null) => void,
): OpenedAnswer {
  const refusals: RefusedElement[] = [];
  let newestId = -1;
  for (let index = 0; index < elements.length; index += 1) {
    const envelope = readEnvelope(elements[index], form);
    if (envelope.ok) use(index, envelope.id, envelope.payload);
    else refusals.push({ index, reason: envelope.reason, detail: envelope.detail });
    const id = envelope.ok ? envelope.id : idShownBy(elements[index], form);
    if (typeof id === 'number' && id > newestId) newestId = id;
  }
  return { elements: elements.length, refusals, newestId: newestId < 0 ? null : newestId };
}
