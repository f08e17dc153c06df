import { isAscii } from 'node:buffer';
import { type Codec, compactJson, localTimeJson } from './compaction.js';
import type { ColumnType } from './declaration.js';
import type { RecordForm } from './form.js';
import { type Hour, hourOf } from './hour.js';
import { type Field, type LiteralType, readLiteral } from './literal.js';
import type { QuarantineReason } from './reason.js';
import { idJson, type RecordId } from './record-id.js';
import { RESERVED_FIELDS } from './reserved-names.js';
import { readTime } from './time-spellings.js';
import { UTC } from './zone.js';

export type RecordOutcome =
  | {
      readonly ok: true;
      readonly id: RecordId;
      readonly eventMs: number;
      readonly hour: Hour;
      /** The landed row: compact JSON text without a line break, keys in the order of the source. */
      readonly row: string;
      /** UTF-8 bytes of the record as minified JSON in its readable form. */
      readonly jsonBytes: number;
    }
  | {
      readonly ok: false;
      readonly reason: QuarantineReason;
      /** The field and the rule. Never content. */
      readonly detail: string;
      /** Where its time could be read, and is not what the record is refused for: the hour that counts it. */
      readonly hour?: Hour;
    };

interface Fault {
  readonly reason: QuarantineReason;
  readonly detail: string;
}

export const AHEAD_MAX_MS = 86_400_000;

/** How a type of a declaration is written in a record. */
const WRITTEN: Readonly<Record<ColumnType, readonly LiteralType[]>> = {
  text: ['string'],
  integer: ['integer'],
  number: ['integer', 'float'],
  boolean: ['boolean'],
  object: ['dict'],
  json: ['string', 'integer', 'float', 'boolean', 'null', 'dict', 'list'],
};

/**
 * Reads one plaintext into its row, or says why it cannot land. `id` is that of the element around it; `arrivalMs` is when the
 * answer came (ms since 1970): what lies over a day ahead of it is no time of an event.
 */
export function readRecord(
  plaintext: Buffer,
  id: RecordId,
  form: RecordForm,
  arrivalMs: number,
): RecordOutcome {
  const literal = readLiteral(plaintext);
  const { fields } = literal;
  const time = timeOf(fields, form, arrivalMs);
  const fault: Fault | undefined = literal.ok ? faultOfFields(fields, id, form) : literal;
  if (fault) {
    const { reason, detail } = fault;
    return 'hour' in time ? { ok: false, reason, detail, hour: time.hour } : { ok: false, reason, detail };
  }
  if ('reason' in time) return { ok: false, ...time };
  const { eventMs, hour, carriedMs } = time;
  return { ok: true, id, eventMs, hour, ...rowOf(fields, form, carriedMs, isPlain(plaintext)) };
}

/** The first rule that the record breaks; the time has its own. */
function faultOfFields(fields: readonly Field[], id: RecordId, form: RecordForm): Fault | undefined {
  const { byName, required, declaration } = form;
  const key = declaration.record.primary_key;
  let known = 0;
  let own: Field | undefined;
  for (const field of fields) {
    const column = byName.get(field.name);
    if (field.name === key) own = field;
    if (!column) {
      const folded = field.name.toLowerCase();
      if (!RESERVED_FIELDS.includes(folded)) continue;
      return { reason: 'reserved-field', detail: `a field is named ${folded}, as a partition key is` };
    }
    if (column.isOptional) continue;
    if (!WRITTEN[column.type].includes(field.type)) {
      return { reason: 'wrong-type', detail: `${column.name} is of type ${field.type}, not ${column.type}` };
    }
    if (column.type === 'integer' && !Number.isSafeInteger(Number(field.json))) {
      return {
        reason: 'unsafe-integer',
        detail: `${column.name} is beyond 2^53 - 1, where it may be rounded`,
      };
    }
    known += 1;
  }
  if (known < required.length) {
    const missing = required.filter(({ name }) => !fields.some((field) => field.name === name));
    return { reason: 'missing-field', detail: `no ${missing.map(({ name }) => name).join(', ')}` };
  }
  if (key !== null && !isSpelled(own, id)) {
    return { reason: 'id-mismatch', detail: `${key} is not the element's ${declaration.source.primary_key}` };
  }
  return undefined;
}

/** A number as its JSON: -0 is no spelling of an id. A text has many spellings in JSON. */
const isSpelled = (field: Field | undefined, id: RecordId): boolean =>
  typeof id === 'number' ? field?.json === idJson(id) : field?.type === 'string' && field.text === id;

interface EventTime {
  readonly eventMs: number;
  readonly hour: Hour;
  /** The instant, where the row has to carry it since the text alone does not say it. */
  readonly carriedMs: number | undefined;
}

function timeOf(
  fields: readonly Field[],
  { timeColumn, zone }: RecordForm,
  arrivalMs: number,
): EventTime | Fault {
  let field: Field | undefined;
  let count = 0;
  for (const candidate of fields) {
    if (candidate.name !== timeColumn) continue;
    field = candidate;
    count += 1;
  }
  const time = field?.type === 'string' && count === 1 ? readTime(field.text, zone) : undefined;
  if (time === undefined) {
    return {
      reason: 'bad-time',
      detail: `${timeColumn} names no time that there was in ISO 8601 or RFC 1123, with an offset, UTC or neither`,
    };
  }
  const { epochMs: eventMs, isLocal } = time;
  // No hour for it: a clock that runs wild must not open hours that end in a hundred years.
  if (eventMs > arrivalMs + AHEAD_MAX_MS) {
    return { reason: 'future-time', detail: `${timeColumn} is more than a day after the arrival` };
  }
  return { eventMs, hour: hourOf(eventMs), carriedMs: isLocal && zone !== UTC ? eventMs : undefined };
}

/** `plain`: one byte a character throughout, so that nothing has to be measured. */
function rowOf(
  fields: readonly Field[],
  { byName, timeColumn }: RecordForm,
  carriedMs: number | undefined,
  plain: boolean,
): { readonly row: string; readonly jsonBytes: number } {
  const valueOf = (codec: Codec, { name, text, json }: Field): string =>
    name === timeColumn && carriedMs !== undefined
      ? localTimeJson(carriedMs, json)
      : compactJson(codec, text, json);
  let row = '';
  // Brackets, and between the fields commas.
  let jsonBytes = fields.length + 1;
  for (const field of fields) {
    const { name, json } = field;
    const codec = byName.get(name)?.codec ?? null;
    const key = JSON.stringify(name);
    row += `${row === '' ? '{' : ','}${key}:${codec === null ? json : valueOf(codec, field)}`;
    jsonBytes += 1 + (plain ? key.length + json.length : Buffer.byteLength(key) + Buffer.byteLength(json));
  }
  return { row: `${row}}`, jsonBytes };
}

/** ASCII, and no escape that could stand for anything else. */
const isPlain = (plaintext: Buffer): boolean => isAscii(plaintext) && !plaintext.includes(0x5c);
