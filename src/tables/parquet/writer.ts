import type { ParquetWriter } from './port.js';
import type { LakeFormat } from '../../config/values.js';
import type { RecordForm } from '../../dataset/form.js';
import { openDuckdb } from '../duckdb/session.js';
import { writeParquet } from './write.js';

/**
 * The writer for a worker with these formats; nothing where Parquet is not among them, and then DuckDB is never loaded.
 * Throws `Configuration` where it is wanted and DuckDB is not installed: at the start, not at the first seal.
 */
export async function parquetWriter(
  { formats }: { readonly formats: readonly LakeFormat[] },
  form: RecordForm,
): Promise<{ parquet?: ParquetWriter }> {
  if (!formats.includes('parquet')) return {};
  (await openDuckdb()).close();
  return { parquet: (lines) => writeParquet(lines, form) };
}
