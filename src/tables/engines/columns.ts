import type { Column as DeclaredColumn, RecordForm } from '../../dataset/form.js';
import { RESERVED_FIELDS, UNKNOWN_FIELDS } from '../../dataset/reserved-names.js';
import { isInstantInView } from './instant-in-view.js';

/** A type that every engine has; each engine's file says what it calls it. */
export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'json' | readonly Column[];

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly meaning: string;
}

/**
 * The columns of the landed rows. Codes are text, and so is what may be missing, and each member of an object: rows from before
 * it was declared may hold any type, and one odd value in a typed column makes engines fail a whole file.
 */
export const landedColumns = ({ columns }: RecordForm): readonly Column[] =>
  columns.map((column) =>
    columnOf(column, column.isOptional || column.codec ? anyScalar(column) : scalarOf(column), anyScalar),
  );

/** The columns of the readable form, which the view gives. */
export const readableColumns = (form: RecordForm): readonly Column[] =>
  form.columns.map((column) =>
    columnOf(column, isInstantInView(column, form) ? 'timestamp' : scalarOf(column), scalarOf),
  );

/** Parquet's: the same, the time of the event always an instant, and a place for what nobody declared. */
export const parquetColumns = ({ columns, timeColumn }: RecordForm): readonly Column[] => [
  ...columns.map((column) =>
    columnOf(column, column.name === timeColumn ? 'timestamp' : textOfJson(column), textOfJson),
  ),
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

type ScalarType = Exclude<ColumnType, readonly Column[]>;

function columnOf(
  { name, meaning, members }: DeclaredColumn,
  type: ScalarType,
  typeOfMember: (member: DeclaredColumn) => ScalarType,
): Column {
  if (!members) return { name, type, meaning };
  return {
    name,
    type: members.map((member) => columnOf(member, typeOfMember(member), typeOfMember)),
    meaning,
  };
}

const scalarOf = ({ type }: DeclaredColumn): ScalarType => (type === 'object' ? 'json' : type);

/** JSON of any kind, or text of any scalar. */
const anyScalar = (column: DeclaredColumn): ScalarType => (scalarOf(column) === 'json' ? 'json' : 'text');

const textOfJson = (column: DeclaredColumn): ScalarType => {
  const type = scalarOf(column);
  return type === 'json' ? 'text' : type;
};

/** How an engine writes a type: the simple ones by name, a struct from its members' names and types. */
export interface TypeNames {
  readonly text: string;
  readonly integer: string;
  readonly number: string;
  readonly boolean: string;
  readonly timestamp: string;
  /** JSON of any kind. */
  readonly json: string;
  readonly struct: (members: readonly (readonly [name: string, type: string])[]) => string;
}

export function typeName(type: ColumnType, names: TypeNames): string {
  if (typeof type === 'string') return names[type];
  return names.struct(type.map((member) => [member.name, typeName(member.type, names)]));
}
