import type { Buffer } from 'node:buffer';
import { keysNamed } from '../../activities/fetch/body-class.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { type ColumnContent, guessColumn, isColumnName, withoutTwins } from './columns.js';
import { elementsIn, type NoGuess } from './elements.js';
import { factsOf, share } from './facts.js';
import { type GuessedId, guessIds } from './ids.js';
import { guessNext, type NextPage } from './incremental.js';
import { type GuessedPayload, guessPayload, sameIn } from './payload.js';
import { fitsPreset } from './preset.js';
import { type GuessedTime, guessTime } from './times.js';

/** A name of fernlake.yaml below its dataset. */
type Path = readonly string[];

/** What a dataset of an API is, by one answer of it. Plain data, in the names of fernlake.yaml. */
export interface Guess {
  readonly preset?: 'log-api';
  readonly source: {
    readonly data_selector?: string;
    readonly primary_key?: string;
    readonly contiguous?: boolean;
  };
  readonly record: {
    readonly payload?: string;
    readonly encryption?: 'fernet';
    readonly format?: 'python' | 'json';
    readonly primary_key?: string;
    readonly event_time?: { readonly field?: string; readonly format?: string; readonly zone?: string };
    readonly columns?: Readonly<Record<string, ColumnContent>>;
  };
  /** From what each was taken. */
  readonly notes: readonly (readonly [path: Path, why: string])[];
  /** Fields without a column, and why. */
  readonly without: readonly string[];
  readonly next: NextPage | undefined;
  /** How many elements the answer has, and of how many the record could be read. */
  readonly elements: number;
  readonly records: number;
  /** Tokens that no key opens: nothing is known of the records. */
  readonly isSealed: boolean;
}

/** Pure: the same answer gives the same guess. `text`: the body, unpacked, in UTF-8; `arrivalMs`: when it came. */
export function guess(text: Buffer, ring: KeyRing, arrivalMs: number): Guess | NoGuess {
  const elements = elementsIn(text);
  if ('seen' in elements) return elements;
  const payload = guessPayload(elements.fields, ring, arrivalMs);
  const ids = guessIds(factsOf(elements.fields).values());
  const id = payload.field === null ? ids[0] : ids.find((each) => fitsBeside(each, payload));
  if (!id) return noId(elements.fields.flatMap((fields) => fields.map(({ name }) => name)));
  const seen = {
    elements: elements.all,
    records: payload.records.length,
    next: guessNext(text, elements.path),
  };
  const place = placeOf(elements.path, id, elements.fields.length, elements.all);
  const isSealed = payload.isEncrypted && payload.records.length === 0;
  if (fitsPreset(elements.path, id, payload, arrivalMs))
    return ofPreset(id, payload, { ...seen, isSealed }, arrivalMs);
  const body = payloadOf(payload);
  if (isSealed)
    return {
      ...seen,
      isSealed,
      source: place.source,
      record: body.record,
      notes: [...place.notes, ...body.notes],
      without: [],
    };
  return ofRecords(id, payload, place, body, { ...seen, isSealed }, arrivalMs);
}

type Seen = Pick<Guess, 'elements' | 'records' | 'next' | 'isSealed'>;
type Part<K extends 'source' | 'record'> = Pick<Guess, K | 'notes'>;

/** Whether a record beside this id of its element can land: it either repeats it, or has no field of that name. */
function fitsBeside({ field }: GuessedId, { records }: GuessedPayload): boolean {
  const folded = field.toLowerCase();
  const isNamed = records.some(({ fields }) => fields.some(({ name }) => name.toLowerCase() === folded));
  return !isNamed || sameIn(records, field).length > 0;
}

function noId(names: readonly string[]): NoGuess {
  return {
    seen: `its elements (${keysNamed([...new Set(names)])}) have no field that could be an id: in each, of one type, and different in each`,
    mend: 'have the API send the number or name of each record; an integer may be up to 2^53 - 1',
  };
}

function placeOf(path: readonly string[], id: GuessedId, objects: number, all: number): Part<'source'> {
  return {
    source: {
      ...(path.length === 0 ? {} : { data_selector: path.join('.') }),
      primary_key: id.field,
      contiguous: id.contiguous,
    },
    notes: [
      [['source', 'data_selector'], `an array, and of its elements ${share(objects, all)} are objects`],
      [['source', 'primary_key'], id.why],
      [['source', 'contiguous'], id.whyContiguous],
    ],
  };
}

function payloadOf({ field, isEncrypted, format, records, of }: GuessedPayload): Part<'record'> {
  if (field === null) return { record: {}, notes: [] };
  const what = isEncrypted
    ? 'a Fernet token'
    : records[0]?.plaintext
      ? 'the text of an object'
      : 'an object with a time';
  const opened = records.length === 0 ? 'none could be opened' : `${share(records.length, of)} could be read`;
  return {
    record: {
      payload: field,
      ...(isEncrypted ? { encryption: 'fernet' } : {}),
      ...(format === 'auto' ? {} : { format }),
    },
    notes: [
      [['record', 'payload'], `${what}; ${opened}`],
      [['record', 'format'], `${share(records.length, records.length)} are written so`],
    ],
  };
}

function ofRecords(
  id: GuessedId,
  payload: GuessedPayload,
  place: Part<'source'>,
  body: Part<'record'>,
  seen: Seen,
  arrivalMs: number,
): Guess | NoGuess {
  const facts = factsOf(payload.records.map(({ fields }) => fields));
  const fit = withoutTwins([...facts.keys()]).filter(isColumnName);
  const own =
    payload.field === null ? id.field : sameIn(payload.records, id.field).find((name) => fit.includes(name));
  const others = [...facts.values()].filter(({ name }) => fit.includes(name) && name !== own);
  const time = guessTime(others, arrivalMs);
  if (!(own === undefined ? isColumnName(id.field) : fit.includes(own))) return unfitId(own ?? id.field);
  if (!time) return noTime([...facts.keys()]);
  const columns: Record<string, ColumnContent> = {};
  const notes: (readonly [Path, string])[] = [];
  const without: string[] = [];
  if (own === undefined && id.type === 'text') columns[id.field] = 'text';
  for (const each of facts.values()) {
    const guessed = fit.includes(each.name)
      ? guessColumn(each)
      : { without: 'no name for a column of a table' };
    if ('without' in guessed) {
      without.push(`${each.name}: ${guessed.without}`);
      continue;
    }
    notes.push([['record', 'columns', each.name], guessed.why]);
    columns[each.name] =
      each.name === own || each.name === time.field
        ? required(guessed.content, each.name, id, time)
        : guessed.content;
  }
  const when = timeOf(time);
  return {
    ...seen,
    source: place.source,
    record: {
      ...body.record,
      ...(own === undefined || payload.field === null ? {} : { primary_key: own }),
      event_time: when.event_time,
      columns,
    },
    notes: [
      ...place.notes,
      ...body.notes,
      [
        ['record', 'primary_key'],
        `equals ${id.field} of the element in ${share(payload.records.length, payload.records.length)}`,
      ],
      ...when.notes,
      ...notes,
    ],
    without,
  };
}

function unfitId(field: string): NoGuess {
  return {
    seen: `the id ${keysNamed([field])} is in a field that no column can be named after, or another differs from it by case alone`,
    mend: 'have the API give that field another name',
  };
}

function noTime(names: readonly string[]): NoGuess {
  return {
    seen: `no field of its records (${keysNamed(names)}) reads as the time of the event`,
    mend:
      'a record needs one, such as 2026-01-31T12:00:00Z, or seconds or milliseconds since 1970 in a field called time, timestamp or so; ' +
      'of another spelling write fernlake.yaml by hand, with a strptime pattern as format (docs/how-to/own-source.md)',
  };
}

/** Id and time may not be missing: records without them go to quarantine. */
function required(content: ColumnContent, name: string, id: GuessedId, time: GuessedTime): ColumnContent {
  const { compact } = typeof content === 'string' ? { compact: undefined } : content;
  if (name !== time.field)
    return compact === undefined || id.type !== 'text' ? id.type : { type: 'text', compact };
  return compact === 'time' || time.isCarried ? { type: time.type, compact: 'time' } : time.type;
}

function timeOf({ field, format, zone, why, whyZone }: GuessedTime): {
  readonly event_time: NonNullable<Guess['record']['event_time']>;
  readonly notes: Guess['notes'];
} {
  return {
    event_time: { field, format, ...(zone === 'UTC' && whyZone === undefined ? {} : { zone }) },
    notes: [
      [['record', 'event_time', 'format'], why],
      ...(whyZone === undefined ? [] : [[['record', 'event_time', 'zone'], whyZone] as const]),
    ],
  };
}

/** The preset says the rest. */
function ofPreset(id: GuessedId, { records }: GuessedPayload, seen: Seen, arrivalMs: number): Guess {
  const time = guessTime(factsOf(records.map(({ fields }) => fields)).values(), arrivalMs);
  const zone = time?.whyZone === undefined ? undefined : time.zone;
  return {
    ...seen,
    preset: 'log-api',
    source: id.contiguous ? {} : { contiguous: false },
    record: zone === undefined ? {} : { event_time: { zone } },
    notes: [
      [
        ['preset'],
        `recordId and data in ${share(seen.elements, seen.elements)}; ${seen.isSealed ? 'no token could be opened' : `${records.length} would land as it says`}`,
      ],
      [['source', 'contiguous'], id.whyContiguous],
      [['record', 'event_time', 'zone'], time?.whyZone ?? ''],
    ],
    without: [],
  };
}
