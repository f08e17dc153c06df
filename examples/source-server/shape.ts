import { pythonRepr, type PythonValue } from './python-repr.js';
import type { GeneratedRecord } from './record.js';
import type { Series } from './series.js';
import { type IdKind, shownId } from './text-ids.js';
import { shownTime, type TimeKind } from './times.js';
import type { Mint } from './token.js';

/**
 * What another API than the diary's would make of the same records. Whatever is left out is as the diary's has it:
 * `[{"recordId": 1, "ArrivalTimeStamp": 1.5, "data": "gAAAAA…"}]`.
 */
export interface Shape {
  /** Where the array is in the answer: `data.items`. */
  readonly arrayPath?: string;
  /** The element's field with the id. Default `recordId`; of an element that is the record, `record_id`. */
  readonly idField?: string;
  /** The element's field with the record; null: the element is the record. Default `data`. */
  readonly payloadField?: string | null;
  /** How the record is written there. Of an element that is the record it is always `object`. Default `fernet`. */
  readonly payload?: PayloadKind;
  readonly ids?: IdKind;
  readonly times?: TimeKind;
  /** Other names for fields of the record: `{inDate: 'ts'}`. */
  readonly rename?: Readonly<Record<string, string>>;
  readonly newestFirst?: boolean;
}

/** A token of Python's `repr` or of JSON, the one or the other as text, or JSON within the JSON. */
export const PAYLOAD_KINDS = ['fernet', 'fernet-json', 'python', 'json', 'object'] as const;
export type PayloadKind = (typeof PAYLOAD_KINDS)[number];

/** A record as the shape has it. */
export type ShapedRecord = Readonly<Record<string, PythonValue>>;

/** One element of an answer. */
export type Element = Readonly<Record<string, unknown>>;

/** Dresses record number `index`; a conflicting one has the number of the one that it contradicts. */
export type Dress = (generated: GeneratedRecord, index: number, nowMs: number) => Element;

/** The fields in their order, with id, time and names as the shape has them. */
export function shapedRecord(
  shape: Shape,
  series: Series,
  { record, eventMs }: GeneratedRecord,
  index: number,
): ShapedRecord {
  const rename = {
    ...shape.rename,
    ...(shape.payloadField === null && shape.idField !== undefined ? { record_id: shape.idField } : {}),
  } as Readonly<Record<string, string>>;
  const shown: ShapedRecord = {
    ...record,
    record_id: shownId(series, shape.ids ?? 'integer', index),
    inDate: shownTime(shape.times ?? 'iso8601', eventMs),
  };
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [rename[name] ?? name, value]));
}

export function dressOf(shape: Shape, series: Series, mint: Mint): Dress {
  const { idField = 'recordId', payloadField = 'data', payload = 'fernet', ids = 'integer' } = shape;
  return (generated, index, nowMs) => {
    const record = shapedRecord(shape, series, generated, index);
    if (payloadField === null) return record;
    return {
      [idField]: shownId(series, ids, index),
      ArrivalTimeStamp: generated.eventMs / 1000,
      [payloadField]: written(payload, record, (text) => mint(text, nowMs)),
    };
  };
}

function written(kind: PayloadKind, record: ShapedRecord, seal: (text: string) => string): unknown {
  switch (kind) {
    case 'fernet':
      return seal(pythonRepr(record));
    case 'fernet-json':
      return seal(JSON.stringify(record));
    case 'python':
      return pythonRepr(record);
    case 'json':
      return JSON.stringify(record);
    case 'object':
      return record;
  }
}

/** The answer around the elements, with what else it says beside them. */
export function answerOf(
  { arrayPath, newestFirst }: Shape,
  elements: readonly unknown[],
  beside: Readonly<Record<string, unknown>> = {},
): unknown {
  const ordered = newestFirst === true ? elements.toReversed() : elements;
  if (arrayPath === undefined) return ordered;
  const [outermost = '', ...inner] = arrayPath.split('.');
  const within = inner.reduceRight<unknown>((value, name) => ({ [name]: value }), ordered);
  return { [outermost]: within, ...beside };
}

/** Throws RangeError for a shape that no API can have. */
export function checkShape({ arrayPath, payloadField, payload }: Shape): void {
  if (arrayPath !== undefined && !/^[^.]+(\.[^.]+)*$/.test(arrayPath))
    throw new RangeError('the path of the array is names with a dot in between, such as data.items');
  if (payloadField === null && payload !== undefined && payload !== 'object')
    throw new RangeError('an element that is the record is written as an object');
}
