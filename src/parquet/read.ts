import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UNKNOWN_FIELDS } from '../domain/readable-row.js';
import { ROW_SCHEMA, type SchemaField } from '../domain/row-schema.js';
import { openDuckdb } from '../duckdb/session.js';

/**
 * The rows of a Parquet file, in its order, each as the JSON text that `readableRow` gives for the landed row it was made
 * from. Rejects with DuckDB's error for what is no such file.
 */
export async function readParquet(file: Uint8Array): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-parquet-'));
  const session = await openDuckdb({ threads: 1 });
  try {
    const input = path.join(folder, 'rows.parquet');
    await writeFile(input, file, { mode: 0o600 });
    const { rows } = await session.rows(
      `SELECT ${SELECT} FROM read_parquet('${input.replaceAll("'", "''")}')`,
    );
    return rows.map((row) => JSON.stringify(Object.fromEntries(NAMES.map((name, i) => [name, row[i]]))));
  } finally {
    session.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const NAMES: readonly string[] = [...ROW_SCHEMA.map(({ name }) => name), UNKNOWN_FIELDS];

const SELECT = [
  ...ROW_SCHEMA.map(({ name, compaction }: SchemaField) =>
    compaction === 'time' ? `epoch_ms("${name}")` : `"${name}"`,
  ),
  `"${UNKNOWN_FIELDS}"`,
].join(', ');

/** Where the rows of a Parquet file differ from what they should be: the first such row, counted from 1. */
export async function parquetDifference(
  file: Uint8Array,
  expected: readonly string[],
): Promise<string | undefined> {
  const rows = await readParquet(file);
  if (rows.length !== expected.length) return `has ${rows.length} rows, not ${expected.length}`;
  // Both by way of JSON.parse: they may spell a character of a string in two ways.
  const at = rows.findIndex((row, i) => row !== JSON.stringify(JSON.parse(expected[i] ?? '')));
  return at < 0 ? undefined : `differs first in row ${at + 1}`;
}
