import { FIELD_NAME } from '../../activities/fetch/body-class.js';
import type { RecordForm } from '../../dataset/form.js';
import type { Hour } from '../../dataset/hour.js';
import { type Field, readJsonText, readLiteral } from '../../dataset/literal.js';
import { epochMsOf } from '../../dataset/time-spellings.js';
import { looksLikeToken } from '../text-kinds.js';

/** One record of an answer, on its way into the lake. It holds content: `sampleOf` makes of it what may be shown. */
export interface Taken {
  /** As the answer has it. */
  readonly element: unknown;
  readonly plaintext: Buffer;
  readonly row: string;
  readonly hour: Hour;
}

type Shown = Readonly<Record<string, unknown>>;

/** What becomes of a record. */
export interface Sample {
  /** The element of the answer that holds it. */
  readonly envelope: Shown;
  readonly record: Shown;
  /** As it lands. */
  readonly row: Shown;
  readonly hour: Hour;
}

/** `values`: as they are; else each value's type and length alone, and names as far as they look like names. */
export function sampleOf(
  { element, plaintext, row, hour }: Taken,
  form: RecordForm,
  values: boolean,
): Sample {
  const read = readLiteral(plaintext, form.format);
  const landed = readJsonText(row);
  const parts = {
    envelope: element as Shown,
    record: objectOf(read.fields),
    row: objectOf(landed?.fields ?? []),
  };
  if (values) return { ...parts, hour };
  const names = namesOf(form);
  const [envelope, record, own] = [parts.envelope, parts.record, parts.row].map((each) =>
    maskMembers(each, names),
  );
  return { envelope: envelope ?? {}, record: record ?? {}, row: own ?? {}, hour };
}

/** A number that JavaScript would write otherwise stands there as text. */
const objectOf = (fields: readonly Field[]): Shown =>
  Object.fromEntries(
    fields.map(({ name, json }) => {
      const value: unknown = JSON.parse(json);
      return [name, typeof value === 'number' && String(value) !== json ? json : value];
    }),
  );

/** Names that the declaration knows are shown whatever they look like. */
function namesOf({ answers, columns }: RecordForm): ReadonlySet<string> {
  const members = columns.flatMap((column) => (column.members ?? []).map(({ name }) => name));
  return new Set([
    answers.idField,
    answers.payloadField ?? '',
    ...columns.map(({ name }) => name),
    ...members,
  ]);
}

function maskMembers(object: Shown, names: ReadonlySet<string>): Shown {
  return Object.fromEntries(
    Object.entries(object).map(([name, value], at) => [
      names.has(name) || FIELD_NAME.test(name)
        ? name
        : `‹name ${at + 1}, ${count(length(name), 'character')}›`,
      masked(value, names),
    ]),
  );
}

function masked(value: unknown, names: ReadonlySet<string>): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) {
    const more = value.length > 1 ? [`‹and ${value.length - 1} more›`] : [];
    return value.length === 0 ? [] : [masked(value[0], names), ...more];
  }
  switch (typeof value) {
    case 'object':
      return maskMembers(value as Shown, names);
    case 'string':
      return `‹${kindOf(value)}›`;
    case 'number':
      return Number.isInteger(value)
        ? `‹integer, ${count(String(Math.abs(value)).length, 'digit')}›`
        : '‹number with a fraction›';
    default:
      return '‹true or false›';
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Behind it a row has a text as it came. */
const VERBATIM = '=';

function kindOf(text: string): string {
  if (text === '') return 'empty';
  if (looksLikeToken(text)) return `Fernet token, ${length(text)} characters`;
  if (UUID.test(text)) return 'UUID';
  if (/^\d+$/.test(text)) return count(text.length, 'digit');
  if (/^[0-9a-f]{8,}$/i.test(text)) return `${text.length} hex digits`;
  if (epochMsOf(text) !== undefined) return `time, ${length(text)} characters`;
  const kind = count(length(text.startsWith(VERBATIM) ? text.slice(1) : text), 'character');
  return text.startsWith(VERBATIM) ? `= and ${kind}` : kind;
}

const length = (text: string): number => [...text].length;
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
