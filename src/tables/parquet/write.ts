import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExtraField } from '../../dataset/extra-fields.js';
import { ROW_SCHEMA, type SchemaField, UNKNOWN_FIELDS } from '../../dataset/row-schema.js';
import { openDuckdb } from '../duckdb/session.js';
import { EXTRA_COLUMNS } from './extra-columns.js';
import { markTimesAsUtc } from './utc.js';

const quote = (name: string): string => `"${name}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Level 3, which is DuckDB's own: 9 takes two bytes more a row, 19 saves half a byte and costs several times as long. V2
 * keeps the lengths of texts apart from their characters, which saves three bytes a row. No Bloom filters: an hour is too small for them. A row group is small enough for a query on ids or
 * minutes to skip most of a busy hour (docs/decisions/0007-parquet.md).
 */
const OPTIONS =
  "FORMAT parquet, PARQUET_VERSION 'V2', COMPRESSION zstd, COMPRESSION_LEVEL 3, ROW_GROUP_SIZE 20480, WRITE_BLOOM_FILTER false";

/**
 * Readable rows (lines of `readableRow` with these added fields), ascending by record_id, as one Parquet file. One thread, so that the same lines
 * give the same bytes. Goes through a private folder of the system's temporary one, since DuckDB writes files.
 */
export async function writeParquet(
  lines: readonly string[],
  extras: readonly ExtraField[] = [],
): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-parquet-'));
  const session = await openDuckdb({ threads: 1 });
  try {
    const [input, output] = [path.join(folder, 'rows.json'), path.join(folder, 'rows.parquet')];
    await writeFile(input, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    const source = `read_json(${literal(input)}, format = 'newline_delimited', compression = 'uncompressed', columns = {${columnsOf(extras)}})`;
    await session.run(
      `COPY (SELECT ${selectList(extras)} FROM ${source}) TO ${literal(output)} (${OPTIONS})`,
    );
    return markTimesAsUtc(await readFile(output), TIMES);
  } finally {
    session.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const SCHEMA: readonly SchemaField[] = ROW_SCHEMA;
const isTime = ({ compaction }: SchemaField): boolean => compaction === 'time';
const TIMES = SCHEMA.filter(isTime).length;

const columnsOf = (extras: readonly ExtraField[]): string =>
  [
    ...SCHEMA.map((field) => `${quote(field.name)}: ${literal(jsonType(field))}`),
    ...extras.map(({ name, type }) => `${quote(name)}: '${EXTRA_COLUMNS[type]}'`),
    `${quote(UNKNOWN_FIELDS)}: 'VARCHAR'`,
  ].join(', ');

const selectList = (extras: readonly ExtraField[]): string =>
  [
    ...SCHEMA.map((field) =>
      isTime(field)
        ? `CAST(epoch_ms(${quote(field.name)}) AS TIMESTAMP_MS) AS ${quote(field.name)}`
        : quote(field.name),
    ),
    ...extras.map(({ name }) => quote(name)),
    quote(UNKNOWN_FIELDS),
  ].join(', ');

function jsonType(field: SchemaField): string {
  if (isTime(field) || field.type === 'integer') return 'BIGINT';
  if (field.type === 'string') return 'VARCHAR';
  return `STRUCT(${(field.members ?? []).map(({ name }) => `${quote(name)} VARCHAR`).join(', ')})`;
}
