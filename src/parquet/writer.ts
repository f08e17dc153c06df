import type { ParquetWriter } from '../activities/deps.js';
import type { LakeFormat } from '../config-values.js';
import { openDuckdb } from '../duckdb/session.js';
import { writeParquet } from './write.js';

/**
 * The writer for a worker with these formats; nothing where Parquet is not among them, and then DuckDB is never loaded.
 * Throws `Configuration` where it is wanted and DuckDB is not installed: at the start, not at the first seal.
 */
export async function parquetWriter(formats: readonly LakeFormat[]): Promise<{ parquet?: ParquetWriter }> {
  if (!formats.includes('parquet')) return {};
  (await openDuckdb()).close();
  return { parquet: writeParquet };
}
