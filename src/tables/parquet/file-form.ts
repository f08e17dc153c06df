import type { ColumnType } from '../../dataset/declaration.js';
import { type Column, ofColumns, type RecordForm } from '../../dataset/form.js';
import { isJsonText } from '../../dataset/table-value.js';
import { UNKNOWN_FIELDS } from '../../dataset/reserved-names.js';
import type { DuckSession } from '../duckdb/session.js';
import type { PlainValue } from '../duckdb/values.js';
import { textOf } from '../duckdb/values.js';
import { literal } from '../duckdb/sql.js';

/** One line of a file's schema, which lists a tree from its root on, members behind their struct. */
interface Node {
  readonly name: string;
  /** What a leaf holds. */
  readonly physical: string;
  readonly members: number;
}

/**
 * The declared form with the columns that a file has, in its order: those of the time when it was written, so that a change of the
 * declaration makes no old file wrong.
 */
export async function formOfFile(
  session: DuckSession,
  file: string,
  declared: RecordForm,
): Promise<RecordForm> {
  const { rows } = await session.rows(
    `SELECT name, type, num_children FROM parquet_schema(${literal(file)})`,
  );
  const [root, ...nodes] = rows.map(nodeOf);
  const columns = take(nodes, root?.members ?? 0, declared.columns).filter(
    ({ name }) => name !== UNKNOWN_FIELDS,
  );
  return { ...declared, ...ofColumns(columns) };
}

const nodeOf = ([name, physical, members]: readonly PlainValue[]): Node => ({
  name: textOf(name),
  physical: textOf(physical),
  members: Number(members ?? 0),
});

/** Takes `count` columns, with all that belongs to them, from the front. */
function take(nodes: Node[], count: number, declared: readonly Column[]): Column[] {
  return Array.from({ length: count }, () => {
    const { name, physical, members } = nodes.shift() ?? { name: '', physical: '', members: 0 };
    const known = declared.find((column) => column.name === name);
    const inner = members > 0 ? take(nodes, members, known?.members ?? []) : null;
    return columnOf(name, inner, physical, known);
  });
}

const TYPES: Readonly<Record<string, ColumnType>> = {
  INT64: 'integer',
  DOUBLE: 'number',
  BOOLEAN: 'boolean',
};

/** What is declared otherwise today, or no more, is as the file has it. */
function columnOf(
  name: string,
  members: Column[] | null,
  physical: string,
  known: Column | undefined,
): Column {
  const type = members ? 'object' : (TYPES[physical] ?? 'text');
  const { codec = null, isOptional = true, meaning = '' } = known ?? {};
  const isSame =
    known && !members && type === 'text' && !known.members && (isJsonText(known) || known.type === 'text');
  return { name, type: isSame ? known.type : type, isOptional, codec, members, meaning };
}
