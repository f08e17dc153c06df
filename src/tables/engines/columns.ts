import type { ExtraField } from '../../dataset/extra-fields.js';
import { RESERVED_FIELDS, ROW_SCHEMA, type SchemaField, UNKNOWN_FIELDS } from '../../dataset/row-schema.js';

/** A type that every engine has; each engine's file says what it calls it. */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'timestamp' | readonly Column[];

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly meaning: string;
}

type Extras = readonly ExtraField[];
const ADDED = 'added in FERNLAKE_FIELDS';

/** The columns of the landed rows: codes are text, and so is what a user has added, of which a row may hold any type. */
export const landedColumns = (extras: Extras = []): readonly Column[] => [
  ...ROW_SCHEMA.map((field) => columnOf(field, 'text')),
  ...extras.map(({ name }): Column => ({ name, type: 'text', meaning: ADDED })),
];

/** The columns of the readable form, which the view gives. */
export const readableColumns = (extras: Extras = []): readonly Column[] => [
  ...ROW_SCHEMA.map((field) => columnOf(field, 'timestamp')),
  ...extras.map(({ name, type }): Column => ({ name, type, meaning: ADDED })),
];

/** Parquet's: the same, and a place for what nobody declared. */
export const parquetColumns = (extras: Extras = []): readonly Column[] => [
  ...readableColumns(extras),
  { name: UNKNOWN_FIELDS, type: 'text', meaning: 'fields that the schema does not declare, as JSON' },
];

export const columnsOf = (format: 'ndjson' | 'parquet', extras?: Extras): readonly Column[] =>
  format === 'ndjson' ? landedColumns(extras) : parquetColumns(extras);

/** year, month, day, hour: integers, from the folders' names. */
export const PARTITION_COLUMNS: readonly Column[] = RESERVED_FIELDS.map((name) => ({
  name,
  type: 'integer',
  meaning: `${name} of the event, UTC`,
}));

function columnOf(field: SchemaField, time: ColumnType): Column {
  const { name, meaning, members = [] } = field;
  if (field.type === 'integer') return { name, type: 'integer', meaning };
  if (field.type === 'string') return { name, type: field.compaction === 'time' ? time : 'text', meaning };
  return { name, type: members.map((member) => ({ ...member, type: 'text' as const })), meaning };
}

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
