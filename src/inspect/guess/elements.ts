import type { Buffer } from 'node:buffer';
import { isObject } from '../../activities/fetch/answer-path.js';
import { keysOf } from '../../activities/fetch/body-class.js';
import { recordPlaces } from '../../activities/fetch/answer-reader.js';
import type { AnswerForm } from '../../dataset/envelope.js';
import { readLiteral } from '../../dataset/literal.js';
import type { RecordFields } from './facts.js';

/** Why nothing can be guessed of an answer: what was seen, and what to do. No content. */
export interface NoGuess {
  readonly seen: string;
  readonly mend: string;
}

export interface Elements {
  /** The names that lead to the array; none: the answer is the array. */
  readonly path: readonly string[];
  /** Of the array, whatever they are. */
  readonly all: number;
  /** Those that are objects. */
  readonly fields: readonly RecordFields[];
}

const DEPTH_MAX = 5;
/** As `data_selector` has them. */
const SELECTABLE = /^[^.$[\]\s]+$/;

/** The form of an answer of which nothing is known but where its array is. */
export const formAt = (path: readonly string[]): AnswerForm => ({
  path,
  idField: '',
  idType: null,
  payloadField: null,
  isEncrypted: false,
});

/** The elements of an answer: of its largest array of objects. `text`: the body, unpacked. */
export function elementsIn(text: Buffer): Elements | NoGuess {
  if (text.toString('latin1').trim() === '')
    return { seen: 'with an empty body', mend: 'ask again when the API has records to show' };
  const arrays = arraysIn(parsed(text));
  const [best] = arrays.toSorted((a, b) => b.objects - a.objects || a.path.length - b.path.length);
  if (best && best.objects === 0) return best.all === 0 ? empty(best) : noObjects(best);
  const found = best ?? outermost(text);
  if (found === undefined) return noArray(parsed(text));
  if (!found.path.every((name) => SELECTABLE.test(name)))
    return {
      seen: 'its records lie under a name with a dot, a bracket or a blank in it, which data_selector cannot say',
      mend: 'have the API, or a service in between, put the array elsewhere',
    };
  const places = recordPlaces(text, formAt(found.path));
  const fields = places.flatMap((place) => {
    const read = place && readLiteral(text.subarray(...place), 'json');
    return read?.ok ? [read.fields] : [];
  });
  if (fields.length === 0) return noObjects({ ...found, all: places.length });
  return { path: found.path, all: places.length, fields };
}

interface Found {
  readonly path: readonly string[];
  readonly all: number;
  readonly objects: number;
}

/** undefined where it is no JSON as a whole. */
function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** An array of which an element is no JSON is one all the same. */
function outermost(text: Buffer): Found | undefined {
  const all = recordPlaces(text, formAt([])).length;
  return all > 0 ? { path: [], all, objects: all } : undefined;
}

function arraysIn(value: unknown, path: readonly string[] = []): Found[] {
  if (Array.isArray(value)) return [{ path, all: value.length, objects: value.filter(isObject).length }];
  if (!isObject(value) || path.length === DEPTH_MAX) return [];
  return Object.entries(value).flatMap(([name, inner]) => arraysIn(inner, [...path, name]));
}

const whereOf = ({ path }: Pick<Found, 'path'>): string =>
  path.length === 0
    ? 'the answer'
    : `its array ${path.every((name) => SELECTABLE.test(name)) ? path.join('.') : ''}`.trim();

const empty = (found: Found): NoGuess => ({
  seen: `${whereOf(found)} is an empty array, of which nothing can be learned`,
  mend: 'ask again when the API has records to show',
});

const noObjects = (found: Found): NoGuess => ({
  seen: `${whereOf(found)} has ${found.all} ${found.all === 1 ? 'element' : 'elements'}, and none is an object with fields`,
  mend: 'have the API answer objects, such as [{"id": 1, …}, …]',
});

function noArray(value: unknown): NoGuess {
  const what = isObject(value) ? `a JSON object ${keysOf(value)}` : 'JSON';
  return {
    seen: `the answer is ${what}, and has no array of records in it`,
    mend: 'look at an answer with curl: the URL must be that of the list of newest records',
  };
}
