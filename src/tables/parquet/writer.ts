import type { ParquetWriter } from './port.js';
import type { LakeFormat } from '../../config/values.js';
import type { ExtraField } from '../../dataset/extra-fields.js';
import { openDuckdb } from '../duckdb/session.js';
import { writeParquet } from './write.js';

/**
 * The writer for a worker with these formats and added fields; nothing where Parquet is not among them, and then DuckDB is never loaded.
 * Throws `Configuration` where it is wanted and DuckDB is not installed: at the start, not at the first seal.
 */
export async function parquetWriter({
  formats,
  fields,
}: {
  readonly formats: readonly LakeFormat[];
  readonly fields: readonly ExtraField[];
}): Promise<{ parquet?: ParquetWriter; fields: readonly ExtraField[] }> {
  if (!formats.includes('parquet')) return { fields };
  (await openDuckdb()).close();
  return { parquet: (lines) => writeParquet(lines, fields), fields };
}
