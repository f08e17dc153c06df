import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecordForm } from '../../dataset/form.js';
import { UNKNOWN_FIELDS } from '../../dataset/reserved-names.js';
import { type DuckSession, openDuckdb } from '../duckdb/session.js';
import { formOfFile } from './file-form.js';
import { literal, quoted } from '../duckdb/sql.js';
import { isTime } from './types.js';

export interface ParquetRows {
  /** In the file's order, each as the JSON text that `readableRow` gives for the landed row it was made from. */
  readonly rows: readonly string[];
  readonly count: number;
  /** With the columns that the file was written with: those of its time, whatever is declared today. */
  readonly form: RecordForm;
}

/** Its bytes, or chunks of them. */
export type ParquetFile = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * The rows of a Parquet file, and how many it has: none are read where those are more than `rowsMax`. Rejects with DuckDB's
 * error for what is no such file.
 */
export async function readParquet(
  file: ParquetFile,
  declared: RecordForm,
  rowsMax = Infinity,
): Promise<ParquetRows> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-parquet-'));
  const session = await openDuckdb({ threads: 1 });
  try {
    const input = path.join(folder, 'rows.parquet');
    await writeFile(input, file, { mode: 0o600 });
    const from = `read_parquet(${literal(input)})`;
    const form = await formOfFile(session, input, declared);
    const [[count] = []] = (await session.rows(`SELECT count(*) FROM ${from}`)).rows;
    if (Number(count) > rowsMax) return { rows: [], count: Number(count), form };
    const rows: string[] = [];
    for await (const some of parquetRows(session, from, form)) rows.push(...some);
    return { rows, count: rows.length, form };
  } finally {
    session.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Some thousand rows at a time. `from`: what stands behind FROM. */
export async function* parquetRows(
  session: DuckSession,
  from: string,
  form: RecordForm,
): AsyncGenerator<readonly string[]> {
  const names = [...form.columns.map(({ name }) => name), UNKNOWN_FIELDS];
  const selected = form.columns.map((column) =>
    isTime(column, form) ? `epoch_ms(${quoted(column.name)})` : quoted(column.name),
  );
  for await (const rows of session.chunks(
    `SELECT ${[...selected, quoted(UNKNOWN_FIELDS)].join(', ')} FROM ${from}`,
  ))
    yield rows.map((row) => JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))));
}

/**
 * Where the rows of a Parquet file differ from what they should be: the first such row, counted from 1. `expected` gives the
 * readable rows in the file's own form, so that a change of the declaration makes no old file wrong.
 */
export async function parquetDifference(
  file: ParquetFile,
  declared: RecordForm,
  expected: (form: RecordForm) => readonly string[],
  rowsMax?: number,
): Promise<string | undefined> {
  const { rows, count, form } = await readParquet(file, declared, rowsMax);
  const wanted = expected(form);
  if (count !== wanted.length) return `has ${count} rows, not ${wanted.length}`;
  const at = rows.findIndex((row, i) => !isParquetRow(row, wanted[i] ?? ''));
  return at < 0 ? undefined : `differs first in row ${at + 1}`;
}

/** Both by way of JSON.parse: they may spell a character of a string in two ways. */
export const isParquetRow = (row: string, readable: string): boolean =>
  row === JSON.stringify(JSON.parse(readable));
