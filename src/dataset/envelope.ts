import type { QuarantineReason } from './reason.js';
import type { RecordId } from './record-id.js';
import { UnreadableElement } from './unreadable.js';

export type EnvelopeOutcome =
  | { readonly ok: true; readonly id: RecordId; readonly token: string }
  | {
      readonly ok: false;
      readonly reason: Extract<
        QuarantineReason,
        'malformed-envelope' | 'unreadable-answer' | 'unsafe-integer'
      >;
      readonly detail: string;
    };

/** Reads one element of the source's answer: `{recordId, data, …}`. What else it holds is the archive's business. */
export function readEnvelope(element: unknown): EnvelopeOutcome {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    return malformed('the element is not an object');
  }
  const { recordId, data } = element as { recordId?: unknown; data?: unknown };
  if (typeof recordId !== 'number') {
    if (element instanceof UnreadableElement)
      return { ok: false, reason: element.reason, detail: element.detail };
    return malformed(`recordId is ${kindOf(recordId)}, not a number`);
  }
  if (!Number.isInteger(recordId)) return malformed('recordId is not an integer');
  if (recordId < 0) return malformed('recordId is negative');
  if (!Number.isSafeInteger(recordId)) {
    return {
      ok: false,
      reason: 'unsafe-integer',
      detail: 'recordId is beyond 2^53 - 1, where it may be rounded',
    };
  }
  if (typeof data !== 'string') return malformed(`data is ${kindOf(data)}, not a string`);
  return { ok: true, id: recordId, token: data };
}

/** The whole-number id that an element names, be it a whole envelope or a broken one that goes to quarantine. */
export function idShownBy(element: unknown): number | undefined {
  const id = (element as { recordId?: unknown } | null)?.recordId;
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : undefined;
}

function malformed(detail: string): EnvelopeOutcome {
  return { ok: false, reason: 'malformed-envelope', detail };
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}
