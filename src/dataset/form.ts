import { type Codec, codecOf } from './compaction.js';
import { type AnswerForm, answerFormOf } from './envelope.js';
import type { ColumnDeclaration, ColumnType, Declaration } from './declaration.js';
import { definitionHash, encodeDefinition } from './definition.js';
import { type Zone, zoneNamed } from './zone.js';

/** A declared column, ready for work. */
export interface Column {
  readonly name: string;
  /** In the record as it came. In the landed row, whatever has a codec is text. */
  readonly type: ColumnType;
  /** It may be missing or null; tables hold it as text, since rows from before it was declared may hold anything. */
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
  /** Those that every record has. */
  readonly required: readonly Column[];
  /** Those that a record may lack. */
  readonly optional: readonly Column[];
  /** The row's field that holds the id. */
  readonly idColumn: string;
  /** The row's field that holds the time of the event. */
  readonly timeColumn: string;
  /** What a time is local to that names no zone. */
  readonly zone: Zone;
}

/** Throws RangeError where the zone is none; all else is checked where the declaration is read. */
export function formOf(declaration: Declaration): RecordForm {
  const { source, record } = declaration;
  const columns = columnsOf(record.columns);
  return {
    declaration,
    answers: answerFormOf(declaration),
    definition: definitionHash(encodeDefinition(declaration)),
    columns,
    byName: new Map(columns.map((column) => [column.name, column])),
    required: columns.filter(({ isOptional }) => !isOptional),
    optional: columns.filter(({ isOptional }) => isOptional),
    idColumn: record.primary_key ?? source.primary_key,
    timeColumn: record.event_time.field,
    zone: zoneNamed(record.event_time.zone),
  };
}

const columnsOf = (declared: Readonly<Record<string, ColumnDeclaration>>): Column[] =>
  Object.entries(declared).map(([name, { type, optional, compact, columns, description }]) => ({
    name,
    type,
    isOptional: optional,
    codec: compact === null ? null : codecOf(compact),
    members: columns === null ? null : columnsOf(columns),
    meaning: description,
  }));
