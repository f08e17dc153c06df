import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecordForm } from '../../dataset/form.js';
import { UNKNOWN_FIELDS } from '../../dataset/reserved-names.js';
import { type DuckSession, openDuckdb } from '../duckdb/session.js';
import { literal, quoted } from '../duckdb/sql.js';
import { isTime, typeInLines } from './types.js';
import { markTimesAsUtc } from './utc.js';

/**
 * Level 3, which is DuckDB's own: 9 takes two bytes more a row, 19 saves half a byte and costs several times as long. V2
 * keeps the lengths of texts apart from their characters, which saves three bytes a row. No Bloom filters: an hour is too small for them. A row group is small enough for a query on ids or
 * minutes to skip most of a busy hour (docs/decisions/0007-parquet.md).
 */
const OPTIONS =
  "FORMAT parquet, PARQUET_VERSION 'V2', COMPRESSION zstd, COMPRESSION_LEVEL 3, WRITE_BLOOM_FILTER false";
const GROUP_ROWS = 20_480;
/** Of lines: DuckDB holds a row group in memory, so that rows of many KB have smaller ones. It makes none of fewer than 2,048 rows. */
const GROUP_BYTES = 16 * 1024 * 1024;

/**
 * Readable rows (lines of `readableRow` in this form), ascending by id, as one Parquet file. One thread, so that the same lines
 * give the same bytes. Goes through a private folder of the system's temporary one, since DuckDB writes files.
 */
export async function writeParquet(lines: readonly string[], form: RecordForm): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-parquet-'));
  const session = await openDuckdb({ threads: 1 });
  try {
    const [input, output] = [path.join(folder, 'rows.json'), path.join(folder, 'rows.parquet')];
    await writeFile(input, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    await writeParquetFile(session, { input, output, rows: lines.length, form });
    return await readFile(output);
  } finally {
    session.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Files {
  /** So many such lines. */
  readonly input: string;
  readonly rows: number;
  readonly output: string;
  readonly form: RecordForm;
}

/** The same from file to file, in as much memory as a row group takes. */
export async function writeParquetFile(
  session: DuckSession,
  { input, rows, output, form }: Files,
): Promise<void> {
  const lineBytes = (await stat(input)).size / Math.max(1, rows);
  const groupRows = Math.min(GROUP_ROWS, Math.max(1, Math.floor(GROUP_BYTES / lineBytes)));
  const source = `read_json(${literal(input)}, format = 'newline_delimited', compression = 'uncompressed', columns = {${columnsOf(form)}})`;
  await session.run(
    `COPY (SELECT ${selectList(form)} FROM ${source}) TO ${literal(output)} (${OPTIONS}, ROW_GROUP_SIZE ${groupRows})`,
  );
  await markTimesAsUtc(output, 1);
}

const columnsOf = (form: RecordForm): string =>
  [
    ...form.columns.map((column) => `${quoted(column.name)}: ${literal(typeInLines(column, form))}`),
    `${quoted(UNKNOWN_FIELDS)}: 'VARCHAR'`,
  ].join(', ');

const selectList = (form: RecordForm): string =>
  [
    ...form.columns.map((column) => {
      const name = quoted(column.name);
      return isTime(column, form) ? `CAST(epoch_ms(${name}) AS TIMESTAMP_MS) AS ${name}` : name;
    }),
    quoted(UNKNOWN_FIELDS),
  ].join(', ');
