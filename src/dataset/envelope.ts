import type { Declaration } from './declaration.js';
import type { QuarantineReason } from './reason.js';
import { faultOfTextId, type RecordId } from './record-id.js';
import { UnreadableElement } from './unreadable.js';

/** Where the records are in the source's answers: what the declaration says of it, ready for work. */
export interface AnswerForm {
  /** The fields that lead to the array; none: the answer is the array. */
  readonly path: readonly string[];
  /** The element's field with its id. */
  readonly idField: string;
  /** Of which type ids must be: as the record's own column of them is declared; null where none is: either. */
  readonly idType: 'integer' | 'text' | null;
  /** The element's field with the record; null: the element is the record. */
  readonly payloadField: string | null;
  /** The record is a Fernet token; else it stands there in the clear: as text, or as the object itself. */
  readonly isEncrypted: boolean;
}

export const answerFormOf = ({ source, record }: Declaration): AnswerForm => ({
  path: source.data_selector?.split('.') ?? [],
  idField: source.primary_key,
  idType: idTypeOf(record, source.primary_key),
  payloadField: record.payload,
  isEncrypted: record.encryption === 'fernet',
});

function idTypeOf(
  { primary_key, payload, columns }: Declaration['record'],
  idField: string,
): AnswerForm['idType'] {
  const column = primary_key ?? (payload === null ? idField : undefined);
  const type = column === undefined ? undefined : columns[column]?.type;
  return type === 'integer' || type === 'text' ? type : null;
}

type Refused = Extract<EnvelopeOutcome, { readonly ok: false }>;

export type EnvelopeOutcome =
  | {
      readonly ok: true;
      readonly id: RecordId;
      /** The token, or the record's text; null where the record is an object of the answer: its bytes there are the record. */
      readonly payload: string | null;
    }
  | {
      readonly ok: false;
      readonly reason: Extract<
        QuarantineReason,
        'malformed-envelope' | 'unreadable-answer' | 'unsafe-integer'
      >;
      readonly detail: string;
    };

type Fields = Readonly<Record<string, unknown>>;

/** Reads one element of the source's answer: id and record. What else it holds is the archive's business. */
export function readEnvelope(
  element: unknown,
  { idField, idType, payloadField, isEncrypted }: AnswerForm,
): EnvelopeOutcome {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    return malformed('the element is not an object');
  }
  const id = (element as Fields)[idField];
  if (element instanceof UnreadableElement && typeof id !== 'number')
    return { ok: false, reason: element.reason, detail: element.detail };
  if (!isIdLike(id, idType))
    return malformed(`${idField} is ${kindOf(id)}, not ${WANTED[idType ?? 'either']}`);
  const fault = typeof id === 'number' ? faultOfNumber(id, idField) : faultOfText(id, idField);
  if (fault !== undefined) return fault;
  if (payloadField === null) return { ok: true, id, payload: null };
  const payload = (element as Fields)[payloadField];
  if (typeof payload === 'string') return { ok: true, id, payload };
  if (isEncrypted) return malformed(`${payloadField} is ${kindOf(payload)}, not a string`);
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload)
    ? { ok: true, id, payload: null }
    : malformed(`${payloadField} is ${kindOf(payload)}, neither an object nor a string`);
}

/** The whole-number id that an element names, be it a whole envelope or a broken one that goes to quarantine. */
export function idShownBy(element: unknown, { idField }: AnswerForm): number | undefined {
  const id = (element as Fields | null)?.[idField];
  return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : undefined;
}

const WANTED = { integer: 'a number', text: 'a string', either: 'a number or a string' } as const;

const isIdLike = (id: unknown, type: AnswerForm['idType']): id is RecordId =>
  (typeof id === 'number' && type !== 'text') || (typeof id === 'string' && type !== 'integer');

function faultOfNumber(id: number, idField: string): Refused | undefined {
  if (!Number.isInteger(id)) return malformed(`${idField} is not an integer`);
  if (id < 0) return malformed(`${idField} is negative`);
  if (Number.isSafeInteger(id)) return undefined;
  return {
    ok: false,
    reason: 'unsafe-integer',
    detail: `${idField} is beyond 2^53 - 1, where it may be rounded`,
  };
}

function faultOfText(id: string, idField: string): Refused | undefined {
  const fault = faultOfTextId(id);
  return fault === undefined ? undefined : malformed(`${idField} ${fault}`);
}

function malformed(detail: string): Refused {
  return { ok: false, reason: 'malformed-envelope', detail };
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
}
