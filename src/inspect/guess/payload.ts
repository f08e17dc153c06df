import { Buffer } from 'node:buffer';
import { openTokens } from '../../activities/decrypt/fernet.js';
import { membersOf } from '../../dataset/column-types.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { type Field, readLiteral, readLiteralText } from '../../dataset/literal.js';
import { looksLikeToken } from '../text-kinds.js';
import { type Facts, factsOf, isWritable, type RecordFields } from './facts.js';
import { guessTime } from './times.js';

/** A record, and the element that it came in. */
export interface Found {
  readonly element: RecordFields;
  readonly plaintext: Buffer | undefined;
  readonly fields: RecordFields;
}

export interface GuessedPayload {
  /** null: the element is the record. */
  readonly field: string | null;
  readonly isEncrypted: boolean;
  readonly format: 'auto' | 'python' | 'json';
  /** Those that could be read. */
  readonly records: readonly Found[];
  /** How many elements it was looked for in. */
  readonly of: number;
}

const SHARE_MIN = 0.9;

/** Where the record is in an element. */
export function guessPayload(
  elements: readonly RecordFields[],
  ring: KeyRing,
  arrivalMs: number,
): GuessedPayload {
  const facts = factsOf(elements);
  const common = [...facts.values()].filter(
    ({ name, of, count }) => isWritable(name) && count >= of * SHARE_MIN,
  );
  const sealed = common.find((each) => isNearly(each, ({ text }) => looksLikeToken(text)));
  if (sealed) return encrypted(elements, sealed.name, ring);
  const isTimed = guessTime(facts.values(), arrivalMs) !== undefined;
  for (const { name, types } of common) {
    const isText = types.has('string');
    if (!isText && !types.has('dict')) continue;
    const records = elements.flatMap((element) => inClear(element, name));
    if (records.length < elements.length * SHARE_MIN) continue;
    const time = guessTime(factsOf(records.map(({ fields }) => fields)).values(), arrivalMs);
    if (!time || (isTimed && !repeats(records, name))) continue;
    return {
      field: name,
      isEncrypted: false,
      format: isText ? formatOf(records) : 'auto',
      records,
      of: elements.length,
    };
  }
  const records = elements.map((element) => ({ element, plaintext: undefined, fields: element }));
  return { field: null, isEncrypted: false, format: 'auto', records, of: elements.length };
}

const isNearly = ({ of, values }: Facts, test: (value: Field) => boolean): boolean =>
  values.filter(test).length >= of * SHARE_MIN;

function encrypted(elements: readonly RecordFields[], name: string, ring: KeyRing): GuessedPayload {
  const tokens = elements.map((element) => element.find((field) => field.name === name)?.text ?? '');
  const plaintexts = new Map<number, Buffer>();
  if (ring.keyIds.length > 0)
    openTokens(ring, tokens, {
      plain: (at, bytes, from, end) => void plaintexts.set(at, Buffer.from(bytes.subarray(from, end))),
      refuse: () => undefined,
    });
  const records = elements.flatMap((element, at) => {
    const plaintext = plaintexts.get(at);
    const read = plaintext && readLiteral(plaintext);
    return read?.ok ? [{ element, plaintext, fields: read.fields }] : [];
  });
  return { field: name, isEncrypted: true, format: formatOf(records), records, of: elements.length };
}

/** Of a field that holds an object, or the text of one. */
function inClear(element: RecordFields, name: string): Found[] {
  const field = element.find((each) => each.name === name);
  if (field?.type === 'dict') return [{ element, plaintext: undefined, fields: membersOf(field.json) }];
  const read = field?.type === 'string' ? readLiteralText(field.text) : undefined;
  return read?.ok && field ? [{ element, plaintext: Buffer.from(field.text), fields: read.fields }] : [];
}

/** As all are written; `auto` where some are otherwise. */
function formatOf(records: readonly Found[]): GuessedPayload['format'] {
  const all = (format: 'python' | 'json'): boolean =>
    records.length > 0 &&
    records.every(({ plaintext }) => plaintext !== undefined && readLiteral(plaintext, format).ok);
  return all('json') ? 'json' : all('python') ? 'python' : 'auto';
}

/** Whether a field of the element stands in the record again: then the element is no more than its envelope. */
function repeats(records: readonly Found[], payload: string): boolean {
  const names = records[0]?.element.map(({ name }) => name) ?? [];
  return names.some((name) => name !== payload && sameIn(records, name).length > 0);
}

/** The fields of the records that hold what this one of the elements does, different in each. */
export function sameIn(records: readonly Found[], elementField: string): string[] {
  const [first] = records;
  const valueIn = (fields: RecordFields, name: string): string | undefined =>
    fields.find((field) => field.name === name)?.json;
  const values = records.map(({ element }) => valueIn(element, elementField));
  if (!first || values.some((value) => value === undefined || value === 'null')) return [];
  if (records.length > 1 && new Set(values).size < records.length / 2) return [];
  return first.fields
    .map(({ name }) => name)
    .filter((name) => records.every(({ fields }, at) => valueIn(fields, name) === values[at]));
}
