import { isAscii } from 'node:buffer';
import { compactJson, type Compaction, localTimeJson } from './compaction.js';
import { type Hour, hourOf } from './hour.js';
import { type Field, readLiteral } from './literal.js';
import type { QuarantineReason } from './reason.js';
import { RESERVED_FIELDS, ROW_SCHEMA, SCHEMA_BY_NAME } from './row-schema.js';
import { readTime } from './time-spellings.js';
import type { UrlDictionary } from './urls.js';
import { UTC, type Zone } from './zone.js';

export { readEnvelope } from './envelope.js';

export type RecordOutcome =
  | {
      readonly ok: true;
      readonly id: number;
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
      /** Where inDate could be read, and is not what the record is refused for: the hour that counts it. */
      readonly hour?: Hour;
    };

/** How a dataset's records become rows. */
export interface RecordForm {
  readonly urls: UrlDictionary;
  /** What a time is local to that names no zone. */
  readonly zone: Zone;
}

export interface RecordOptions extends RecordForm {
  /** When the answer came (ms since 1970): what lies over a day ahead of it is no time of an event. */
  readonly arrivalMs: number;
}

interface Fault {
  readonly reason: QuarantineReason;
  readonly detail: string;
}

export const AHEAD_MAX_MS = 86_400_000;

/** Reads one plaintext into its row, or says why it cannot land. `envelopeId` is the envelope's recordId. */
export function readRecord(plaintext: Buffer, envelopeId: number, options: RecordOptions): RecordOutcome {
  const literal = readLiteral(plaintext);
  const { fields } = literal;
  const time = timeOf(fields, options);
  const fault: Fault | undefined = literal.ok ? faultOfFields(fields, envelopeId) : literal;
  if (fault) {
    const { reason, detail } = fault;
    return 'hour' in time ? { ok: false, reason, detail, hour: time.hour } : { ok: false, reason, detail };
  }
  if ('reason' in time) return { ok: false, ...time };
  const { eventMs, hour, carriedMs } = time;
  return {
    ok: true,
    id: envelopeId,
    eventMs,
    hour,
    ...rowOf(fields, options.urls, carriedMs, isPlain(plaintext)),
  };
}

/** The first rule that the record breaks; the time has its own. */
function faultOfFields(fields: readonly Field[], envelopeId: number): Fault | undefined {
  let known = 0;
  let recordId: string | undefined;
  for (const field of fields) {
    const schema = SCHEMA_BY_NAME.get(field.name);
    if (!schema) {
      const folded = field.name.toLowerCase();
      if (!RESERVED_FIELDS.includes(folded)) continue;
      return { reason: 'reserved-field', detail: `a field is named ${folded}, as a partition key is` };
    }
    if (field.type !== schema.type) {
      return { reason: 'wrong-type', detail: `${schema.name} is of type ${field.type}, not ${schema.type}` };
    }
    if (schema.type === 'integer' && !Number.isSafeInteger(Number(field.json))) {
      return {
        reason: 'unsafe-integer',
        detail: `${schema.name} is beyond 2^53 - 1, where it may be rounded`,
      };
    }
    if (schema.name === 'record_id') recordId = field.json;
    known += 1;
  }
  if (known < ROW_SCHEMA.length) {
    const missing = ROW_SCHEMA.filter(({ name }) => !fields.some((field) => field.name === name));
    return { reason: 'missing-field', detail: `no ${missing.map(({ name }) => name).join(', ')}` };
  }
  // As text: -0 is no spelling of an id.
  if (recordId !== String(envelopeId)) {
    return { reason: 'id-mismatch', detail: "record_id is not the envelope's recordId" };
  }
  return undefined;
}

interface EventTime {
  readonly eventMs: number;
  readonly hour: Hour;
  /** The instant, where the row has to carry it since the text alone does not say it. */
  readonly carriedMs: number | undefined;
}

function timeOf(fields: readonly Field[], { arrivalMs, zone }: RecordOptions): EventTime | Fault {
  let field: Field | undefined;
  let count = 0;
  for (const candidate of fields) {
    if (candidate.name !== 'inDate') continue;
    field = candidate;
    count += 1;
  }
  const time = field?.type === 'string' && count === 1 ? readTime(field.text, zone) : undefined;
  if (time === undefined) {
    return {
      reason: 'bad-time',
      detail: 'inDate names no time that there was in ISO 8601 or RFC 1123, with an offset, UTC or neither',
    };
  }
  const { epochMs: eventMs, isLocal } = time;
  // No hour for it: a clock that runs wild must not open hours that end in a hundred years.
  if (eventMs > arrivalMs + AHEAD_MAX_MS) {
    return { reason: 'future-time', detail: 'inDate is more than a day after the arrival' };
  }
  return { eventMs, hour: hourOf(eventMs), carriedMs: isLocal && zone !== UTC ? eventMs : undefined };
}

/** `plain`: one byte a character throughout, so that nothing has to be measured. */
function rowOf(
  fields: readonly Field[],
  urls: UrlDictionary,
  carriedMs: number | undefined,
  plain: boolean,
): { readonly row: string; readonly jsonBytes: number } {
  const valueOf = (compaction: Compaction | null, text: string, json: string): string => {
    if (compaction === null) return json;
    if (compaction === 'time' && carriedMs !== undefined) return localTimeJson(carriedMs, json);
    return compactJson(compaction, text, json, urls);
  };
  let row = '';
  // Brackets, and between the fields commas.
  let jsonBytes = fields.length + 1;
  for (const { name, json, text } of fields) {
    const schema = SCHEMA_BY_NAME.get(name);
    // Known names need no escaping.
    const key = schema ? `"${name}"` : JSON.stringify(name);
    const value = valueOf(schema?.compaction ?? null, text, json);
    row += `${row === '' ? '{' : ','}${key}:${value}`;
    jsonBytes += 1 + (plain ? key.length + json.length : Buffer.byteLength(key) + Buffer.byteLength(json));
  }
  return { row: `${row}}`, jsonBytes };
}

/** ASCII, and no escape that could stand for anything else. */
const isPlain = (plaintext: Buffer): boolean => isAscii(plaintext) && !plaintext.includes(0x5c);
