import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { adviceOnBody, adviceOnPath } from './body-advice.js';
import { classOfBody } from './body-class.js';
import { splitArray } from '../../bytes/json-elements.js';
import { type Place, placeOf } from '../../bytes/json-path.js';
import { measureJson } from '../../bytes/json-shape.js';
import type { AnswerForm } from '../../dataset/envelope.js';
import { LIMITS } from '../../limits.js';
import { UnreadableElement } from '../../dataset/unreadable.js';
import { walk } from './answer-path.js';

/**
 * What an answer of the source holds. All of it is counted, whatever it is: an element that is no JSON counts
 * as one, an answer without an array as one.
 */
export interface AnswerReading {
  readonly elements: readonly unknown[];
  /** The body is empty, where `[]` or `null` would say that there are no records. */
  readonly isBlank?: true;
  /** Why it is no answer, in words and without content; `cut`: the elements in front of the cut are good. */
  readonly fault?: {
    readonly kind: 'too-large' | 'unreadable' | 'cut';
    readonly what: string;
    /** What it usually means, and what to do. */
    readonly advice?: string | undefined;
  };
}

/** A larger answer is measured before it is parsed: `[[],[],…` grows to twenty times its size in memory. */
const MEASURED_BYTES_MIN = 256 * 1024;
/** Some proxies pack what is packed. */
const LAYERS_MAX = 3;
/** A longer element is kept in the archive alone. */
const ELEMENT_BYTES_MAX = 1024 * 1024;

/** The elements of an archived answer, in order. `measured`: however small it is. */
export const readAnswer = (body: Buffer, form: AnswerForm, measured = false): AnswerReading =>
  readPlaced(body, form, measured).reading;

/** The same with the text in which they stand: unpacked, and in UTF-8. */
export function readPlaced(
  body: Buffer,
  form: AnswerForm,
  measured = false,
): { readonly reading: AnswerReading; readonly text: Buffer } {
  const text = textOf(body);
  if (text === undefined) return { reading: noArray(body, form), text: body };
  return { reading: readText(text, form, measured), text };
}

/** Its text in UTF-8; undefined for what calls itself packed and does not unpack. */
export function textOf(body: Buffer): Buffer | undefined {
  const unpacked = unpackLayers(body);
  return unpacked && toUtf8(unpacked);
}

/** Where the records of an answer stand in its text, by the element: the element itself, or its field. */
export function recordPlaces(text: Buffer, { path, payloadField }: AnswerForm): (Place | undefined)[] {
  const array = placeOf(text, path);
  if (array === undefined) return [];
  const [start] = array;
  const parts = splitArray(text.subarray(...array))?.parts ?? [];
  const names = payloadField === null ? [] : [Buffer.from(payloadField)];
  return parts.map(([from, end]) => placeOf(text, names, [start + from, start + end]));
}

function readText(text: Buffer, form: AnswerForm, measured: boolean): AnswerReading {
  if (measured || text.length >= MEASURED_BYTES_MIN) {
    const fault = faultOfShape(text);
    if (fault !== undefined) return whole('too-large', fault);
  }
  const reading = parse(text, form) ?? parseElements(text, form);
  if (reading === undefined) return isBlank(text) ? { elements: [], isBlank: true } : noArray(text, form);
  const { length } = reading.elements;
  return length > LIMITS.answerRecordsMax ? whole('too-large', tooMany(length)) : reading;
}

const whole = (kind: 'too-large' | 'unreadable', what: string, advice?: string): AnswerReading => ({
  elements: [new UnreadableElement('unreadable-answer', `the answer is no array of records: ${what}`, null)],
  fault: { kind, what, advice },
});

const noArray = (text: Buffer, form: AnswerForm): AnswerReading =>
  whole('unreadable', classOfBody(text), adviceOnBody(text, form));

/** undefined for what calls itself packed and does not unpack. */
function unpackLayers(body: Buffer): Buffer | undefined {
  let bytes = body;
  for (let layer = 0; layer < LAYERS_MAX && bytes[0] === 0x1f && bytes[1] === 0x8b; layer += 1) {
    try {
      bytes = gunzipSync(bytes, { maxOutputLength: LIMITS.bodyBytesMax });
    } catch {
      return undefined;
    }
  }
  return bytes;
}

/** JSON text begins with a character of ASCII, so that its encoding shows in the first two bytes (RFC 4627, 3). */
function toUtf8(bytes: Buffer): Buffer {
  const [first, second] = bytes;
  if (first === 0xef && second === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3);
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0))
    return Buffer.from(new TextDecoder('utf-16le').decode(bytes));
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0))
    return Buffer.from(new TextDecoder('utf-16be').decode(bytes));
  return bytes;
}

function faultOfShape(text: Buffer): string | undefined {
  const { depth, elements, values } = measureJson(text);
  if (depth > LIMITS.answerDepthMax)
    return `JSON nested over ${LIMITS.answerDepthMax} levels deep, the limit`;
  if (elements > LIMITS.answerRecordsMax) return tooMany(elements);
  if (values > LIMITS.answerValuesMax)
    return `${values} JSON values in one answer, the limit is ${LIMITS.answerValuesMax}`;
  return undefined;
}

const tooMany = (count: number): string =>
  `${count} records in one answer, the limit is ${LIMITS.answerRecordsMax}`;

/** undefined where it is no JSON. */
function parse(text: Buffer, form: AnswerForm): AnswerReading | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
  const found = walk(value, form.path);
  if ('elements' in found) return found;
  if (form.path.length === 0) return noArray(text, form);
  return whole('unreadable', `${classOfBody(text)}, ${found.fault}`, adviceOnPath(value, form));
}

/**
 * For an array of which one element (NaN, a raw tab) or the end is no JSON: reads each element by itself,
 * slowly.
 */
function parseElements(all: Buffer, form: AnswerForm): AnswerReading | undefined {
  const place = placeOf(all, form.path);
  if (place === undefined) return undefined;
  const text = all.subarray(...place);
  const split = splitArray(text);
  if (split === undefined) return undefined;
  const { parts, isCut, behind } = split;
  if (parts.length > LIMITS.answerRecordsMax) return whole('too-large', tooMany(parts.length));
  const elements = parts.map(([from, end]) => parseElement(text.subarray(from, end)));
  if (behind !== undefined) elements.push(notJson(text.subarray(behind), 'text follows the array'));
  const bad = elements.reduce<number>((count, one) => count + Number(one instanceof UnreadableElement), 0);
  if (isCut) {
    const what = `an array that is cut off after ${elements.length - 1} elements`;
    const advice = 'the elements before the cut land; find out what cuts answers off on the way';
    return { elements, fault: { kind: 'cut', what, advice } };
  }
  if (bad < elements.length) return { elements };
  const what = `an array of ${bad} elements, none of them JSON`;
  return { elements, fault: { kind: 'unreadable', what, advice: adviceOnBody(text, form) } };
}

function parseElement(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return notJson(bytes, 'the element is not JSON');
  }
}

const notJson = (bytes: Buffer, detail: string): UnreadableElement =>
  new UnreadableElement(
    'malformed-envelope',
    detail,
    bytes.length <= ELEMENT_BYTES_MAX ? bytes.toString('utf8').trim() : null,
  );

const isBlank = (text: Buffer): boolean => text.toString('latin1').trim() === '';
