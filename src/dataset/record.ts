import { isAscii } from 'node:buffer';
import { byCaseAlone, type Fault, faultOfValue, WRITTEN } from './column-types.js';
import { type Codec, compactJson, localTimeJson } from './compaction.js';
import type { Column, RecordForm } from './form.js';
import { type Hour, hourOf } from './hour.js';
import { type Field, readLiteral } from './literal.js';
import type { QuarantineReason } from './reason.js';
import { idJson, type RecordId } from './record-id.js';
import { RESERVED_FIELDS } from './reserved-names.js';
import type { ReadTime } from './time-spellings.js';

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
      /**
       * The hour that counts the refused record: where its time could be read, and is not the reason of the
       * refusal.
       */
      readonly hour?: Hour;
    };

export const AHEAD_MAX_MS = 86_400_000;

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
  const literal = readLiteral(plaintext, form.format);
  const { fields } = literal;
  const time = timeOf(fields, form, arrivalMs);
  const fault: Fault | undefined = literal.ok ? faultOfFields(fields, id, form) : literal;
  if (fault) {
    const { reason, detail } = fault;
    return 'hour' in time ? { ok: false, reason, detail, hour: time.hour } : { ok: false, reason, detail };
  }
  if ('reason' in time) return { ok: false, ...time };
  const { eventMs, hour, carriedMs } = time;
  return { ok: true, id, eventMs, hour, ...rowOf(fields, id, form, carriedMs, isPlain(plaintext)) };
}

/** The first rule that the record breaks; the time has its own. */
function faultOfFields(fields: readonly Field[], id: RecordId, form: RecordForm): Fault | undefined {
  const { byName, required, idColumn, isIdInFront, declaration } = form;
  let known = isIdInFront ? 1 : 0;
  let own: Field | undefined;
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at]!;
    const column = byName.get(field.name);
    const isId = field.name === idColumn;
    if (isId) own = field;
    const fault =
      !column || (isId && isIdInFront)
        ? faultOfName(field.name, at, form)
        : faultOfColumn(column, field, isId);
    if (fault) return fault;
    if (column && !column.isOptional) known += 1;
  }
  if (known < required.length) {
    const missing = required.filter(
      ({ name }) => !(isIdInFront && name === idColumn) && !fields.some((field) => field.name === name),
    );
    return { reason: 'missing-field', detail: `no ${missing.map(({ name }) => name).join(', ')}` };
  }
  if (!isIdInFront && !isSpelled(own, id))
    return {
      reason: 'id-mismatch',
      detail: `${idColumn} is not the element's ${declaration.source.primary_key}`,
    };
  return undefined;
}

/** A number as its JSON: -0 is no spelling of an id. A text has many spellings in JSON. */
const isSpelled = (field: Field | undefined, id: RecordId): boolean =>
  typeof id === 'number' ? field?.json === idJson(id) : field?.type === 'string' && field.text === id;

function faultOfColumn(column: Column, field: Field, isId: boolean): Fault | undefined {
  const fault = faultOfValue(column, field, column.name);
  if (fault || !isId || column.type !== 'integer' || Number.isSafeInteger(Number(field.json))) return fault;
  return { reason: 'unsafe-integer', detail: `${column.name} is beyond 2^53 - 1, where it may be rounded` };
}

/** Of a field that is no column; `at`: its position. */
function faultOfName(
  name: string,
  at: number,
  { foldedNames, idColumn, declaration }: RecordForm,
): Fault | undefined {
  const folded = name.toLowerCase();
  if (RESERVED_FIELDS.includes(folded))
    return { reason: 'reserved-field', detail: `a field is named ${folded}, as a partition key is` };
  if (name === idColumn)
    return {
      reason: 'ambiguous-field',
      detail: `a field is named ${name}, as the column of the element's id is`,
    };
  const twin = foldedNames.get(folded);
  if (twin !== undefined) return byCaseAlone(twin);
  return declaration.record.other_columns === 'keep'
    ? undefined
    : { reason: 'undeclared-field', detail: `field ${at + 1} of the record is declared by no column` };
}

interface EventTime {
  readonly eventMs: number;
  readonly hour: Hour;
  /** The instant, where the row must hold it because the text alone does not say it. */
  readonly carriedMs: number | undefined;
}

function timeOf(fields: readonly Field[], form: RecordForm, arrivalMs: number): EventTime | Fault {
  const { timeColumn, times } = form;
  let field: Field | undefined;
  let count = 0;
  for (const candidate of fields) {
    if (candidate.name !== timeColumn) continue;
    field = candidate;
    count += 1;
  }
  const time = field && count === 1 ? readField(field, form) : undefined;
  if (time === undefined)
    return { reason: 'bad-time', detail: `${timeColumn} names no time that there was ${times.wanted}` };
  const { epochMs: eventMs } = time;
  // A record from the future gets no hour: a clock that runs wild must not open hours that end in a hundred
  // years.
  if (eventMs > arrivalMs + AHEAD_MAX_MS) {
    return { reason: 'future-time', detail: `${timeColumn} is more than a day after the arrival` };
  }
  return { eventMs, hour: hourOf(eventMs), carriedMs: times.isCarried(time) ? eventMs : undefined };
}

/** undefined also for a value of another type than the column's: the declared format does not apply to it. */
function readField(
  { type, text, json }: Field,
  { times, timeColumn, byName }: RecordForm,
): ReadTime | undefined {
  const column = byName.get(timeColumn);
  if (column && !WRITTEN[column.type].includes(type)) return undefined;
  if (type === 'string') return times.read(text);
  return times.unitMs > 0 && (type === 'integer' || type === 'float') ? times.read(json) : undefined;
}

/** `plain`: one byte a character throughout, so that nothing has to be measured. */
function rowOf(
  fields: readonly Field[],
  id: RecordId,
  form: RecordForm,
  carriedMs: number | undefined,
  plain: boolean,
): { readonly row: string; readonly jsonBytes: number } {
  const { byName, timeColumn } = form;
  const valueOf = (codec: Codec, { name, text, json }: Field): string =>
    name === timeColumn && carriedMs !== undefined
      ? localTimeJson(carriedMs, json)
      : compactJson(codec, text, json);
  let row = form.isIdInFront ? idInFront(form, id) : '';
  // Brackets, and between the fields commas.
  let jsonBytes = fields.length + 1;
  for (const field of fields) {
    const { name, json } = field;
    const codec = field.type === 'string' ? (byName.get(name)?.codec ?? null) : null;
    const key = JSON.stringify(name);
    row += `${row === '' ? '{' : ','}${key}:${codec === null ? json : valueOf(codec, field)}`;
    jsonBytes += 1 + (plain ? key.length + json.length : Buffer.byteLength(key) + Buffer.byteLength(json));
  }
  return { row: `${row}}`, jsonBytes };
}

/** How a row begins whose record does not hold the id. */
export function idInFront({ idColumn, byName }: RecordForm, id: RecordId): string {
  const codec = byName.get(idColumn)?.codec;
  const json = idJson(id);
  return `{${JSON.stringify(idColumn)}:${codec && typeof id === 'string' ? compactJson(codec, id, json) : json}`;
}

/** ASCII, and no escape that could stand for anything else. */
const isPlain = (plaintext: Buffer): boolean => isAscii(plaintext) && !plaintext.includes(0x5c);
