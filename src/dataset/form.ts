import { type Codec, codecOf } from './compaction.js';
import { type AnswerForm, answerFormOf } from './envelope.js';
import type { ColumnDeclaration, ColumnType, Declaration } from './declaration.js';
import { definitionHash, encodeDefinition } from './definition.js';
import { type EventTimes, eventTimesOf } from './event-time.js';

/** A declared column, ready for work. */
export interface Column {
  readonly name: string;
  /** In the record as it came. In the landed row, whatever has a codec is text. */
  readonly type: ColumnType;
  /** It may be missing or null; rows from before it was declared may hold anything. */
  readonly isOptional: boolean;
  readonly codec: Codec | null;
  /** Of an object: the members that have columns of their own. */
  readonly members: readonly Column[] | null;
  readonly meaning: string;
}

/** How a dataset's records become rows, and back: its declaration, made ready for work. */
export interface RecordForm {
  readonly declaration: Declaration;
  readonly answers: AnswerForm;
  /** The name under which a lake keeps the declaration (definition.ts). */
  readonly definition: string;
  /** In the order of the declaration. */
  readonly columns: readonly Column[];
  readonly byName: ReadonlyMap<string, Column>;
  /** Their names by their lower-case form, since engines see no difference in case. */
  readonly foldedNames: ReadonlyMap<string, string>;
  /** Those that every row has. */
  readonly required: readonly Column[];
  /** Those that a row may lack. */
  readonly optional: readonly Column[];
  /** The row's field that holds the id. */
  readonly idColumn: string;
  /** The record does not hold its id: the row has the element's in front of the record's fields, and decoding leaves it out again. */
  readonly isIdInFront: boolean;
  /** The row's field that holds the time of the event. */
  readonly timeColumn: string;
  /** How that is written. */
  readonly times: EventTimes;
  /** How a record is written. */
  readonly format: Declaration['record']['format'];
}

/** Throws RangeError for a zone or a pattern of times that is none; all else is checked where the declaration is read. */
export function formOf(declaration: Declaration): RecordForm {
  const { source, record } = declaration;
  const own = record.payload === null ? source.primary_key : record.primary_key;
  const idColumn = own ?? source.primary_key;
  const columns = columnsOf(
    Object.hasOwn(record.columns, idColumn) ? record.columns : { [idColumn]: INTEGER_ID, ...record.columns },
  );
  return {
    declaration,
    answers: answerFormOf(declaration),
    definition: definitionHash(encodeDefinition(declaration)),
    ...ofColumns(columns),
    idColumn,
    isIdInFront: own === null,
    timeColumn: record.event_time.field,
    times: eventTimesOf(record.event_time),
    format: record.format,
  };
}

/** What follows from the columns alone. */
export const ofColumns = (
  columns: readonly Column[],
): Pick<RecordForm, 'columns' | 'byName' | 'foldedNames' | 'required' | 'optional'> => ({
  columns,
  byName: new Map(columns.map((column) => [column.name, column])),
  foldedNames: new Map(columns.map(({ name }) => [name.toLowerCase(), name])),
  required: columns.filter(({ isOptional }) => !isOptional),
  optional: columns.filter(({ isOptional }) => isOptional),
});

/** The column of an id that is not declared; text has to be. */
const INTEGER_ID: ColumnDeclaration = {
  type: 'integer',
  optional: false,
  compact: null,
  columns: null,
  description: 'the id of the record',
};

const columnsOf = (declared: Readonly<Record<string, ColumnDeclaration>>): Column[] =>
  Object.entries(declared).map(([name, { type, optional, compact, columns, description }]) => ({
    name,
    type,
    isOptional: optional,
    codec: compact === null ? null : codecOf(compact),
    members: columns === null ? null : columnsOf(columns),
    meaning: description,
  }));
