import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExtraField } from '../../dataset/extra-fields.js';
import { ROW_SCHEMA, type SchemaField, UNKNOWN_FIELDS } from '../../dataset/row-schema.js';
import { type DuckSession, openDuckdb } from '../duckdb/session.js';
import { textOf } from '../duckdb/values.js';
import { extraOfColumn } from './extra-columns.js';

export interface ParquetRows {
  /** In the file's order, each as the JSON text that `readableRow` gives for the landed row it was made from. */
  readonly rows: readonly string[];
  readonly count: number;
  /** The added fields that the file was written with: those of its time, whatever the setting says today. */
  readonly extras: readonly ExtraField[];
}

/** Its bytes, or chunks of them. */
export type ParquetFile = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * The rows of a Parquet file, and how many it has: none are read where those are more than `rowsMax`. Rejects with DuckDB's
 * error for what is no such file.
 */
export async function readParquet(file: ParquetFile, rowsMax = Infinity): Promise<ParquetRows> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-parquet-'));
  const session = await openDuckdb({ threads: 1 });
  try {
    const input = path.join(folder, 'rows.parquet');
    await writeFile(input, file, { mode: 0o600 });
    const from = `read_parquet('${input.replaceAll("'", "''")}')`;
    const extras = await extrasOf(session, from);
    const added = extras.map(({ name }) => name);
    const names = [...ROW_SCHEMA.map(({ name }) => name), ...added, UNKNOWN_FIELDS];
    const [[count] = []] = (await session.rows(`SELECT count(*) FROM ${from}`)).rows;
    if (Number(count) > rowsMax) return { rows: [], count: Number(count), extras };
    const { rows } = await session.rows(`SELECT ${names.map(selected).join(', ')} FROM ${from}`);
    return {
      rows: rows.map((row) => JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]])))),
      count: rows.length,
      extras,
    };
  } finally {
    session.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function extrasOf(session: DuckSession, from: string): Promise<ExtraField[]> {
  const { rows } = await session.rows(
    `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${from})`,
  );
  return rows.flatMap(([name, type]) =>
    OWN.has(textOf(name)) ? [] : (extraOfColumn(textOf(name), textOf(type)) ?? []),
  );
}

const OWN = new Set<string>([...ROW_SCHEMA.map(({ name }) => name), UNKNOWN_FIELDS]);
const TIMES = new Set<string>(
  ROW_SCHEMA.filter(({ compaction }: SchemaField) => compaction === 'time').map(({ name }) => name),
);
const selected = (name: string): string => (TIMES.has(name) ? `epoch_ms("${name}")` : `"${name}"`);

/**
 * Where the rows of a Parquet file differ from what they should be: the first such row, counted from 1. `expected` gives the
 * readable rows with the file's own added fields, so that a change of the setting makes no old file wrong.
 */
export async function parquetDifference(
  file: ParquetFile,
  expected: (extras: readonly ExtraField[]) => readonly string[],
  rowsMax?: number,
): Promise<string | undefined> {
  const { rows, count, extras } = await readParquet(file, rowsMax);
  const wanted = expected(extras);
  if (count !== wanted.length) return `has ${count} rows, not ${wanted.length}`;
  // Both by way of JSON.parse: they may spell a character of a string in two ways.
  const at = rows.findIndex((row, i) => row !== JSON.stringify(JSON.parse(wanted[i] ?? '')));
  return at < 0 ? undefined : `differs first in row ${at + 1}`;
}
