import type { Column as DeclaredColumn, RecordForm } from '../../dataset/form.js';
import { RESERVED_FIELDS, UNKNOWN_FIELDS } from '../../dataset/reserved-names.js';

/** A type that every engine has; each engine's file says what it calls it. */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'timestamp' | readonly Column[];

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly meaning: string;
}

/** The columns of the landed rows: codes are text, and so is what may be missing, of which older rows may hold any type. */
export const landedColumns = ({ columns }: RecordForm): readonly Column[] =>
  columns.map((column) => columnOf(column, column.isOptional || column.codec ? 'text' : scalarOf(column)));

/** The columns of the readable form, which the view gives. */
export const readableColumns = ({ columns }: RecordForm): readonly Column[] =>
  columns.map((column) => columnOf(column, column.codec?.kind === 'time' ? 'timestamp' : scalarOf(column)));

/** Parquet's: the same, and a place for what nobody declared. */
export const parquetColumns = (form: RecordForm): readonly Column[] => [
  ...readableColumns(form),
  { name: UNKNOWN_FIELDS, type: 'text', meaning: 'fields that the schema does not declare, as JSON' },
];

export const columnsOf = (format: 'ndjson' | 'parquet', form: RecordForm): readonly Column[] =>
  format === 'ndjson' ? landedColumns(form) : parquetColumns(form);

/** year, month, day, hour: integers, from the folders' names. */
export const PARTITION_COLUMNS: readonly Column[] = RESERVED_FIELDS.map((name) => ({
  name,
  type: 'integer',
  meaning: `${name} of the event, UTC`,
}));

function columnOf({ name, meaning, members }: DeclaredColumn, type: ColumnType): Column {
  if (!members) return { name, type, meaning };
  return {
    name,
    type: members.map((member) => ({ name: member.name, type: 'text' as const, meaning: member.meaning })),
    meaning,
  };
}

/** What has no type of its own in an engine is text: JSON of any kind. */
const scalarOf = ({ type }: DeclaredColumn): ColumnType =>
  type === 'object' || type === 'json' ? 'text' : type;

/** How an engine writes a type: the simple ones by name, a struct from its members' names and types. */
export interface TypeNames {
  readonly text: string;
  readonly integer: string;
  readonly number: string;
  readonly boolean: string;
  readonly timestamp: string;
  readonly struct: (members: readonly (readonly [name: string, type: string])[]) => string;
}

export function typeName(type: ColumnType, names: TypeNames): string {
  if (typeof type === 'string') return names[type];
  return names.struct(type.map((member) => [member.name, typeName(member.type, names)]));
}
