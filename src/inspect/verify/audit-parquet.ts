import { isFernlakeError } from '../../errors.js';
import { parquetKey } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import { readableRow } from '../../dataset/readable-row.js';
import type { RecordForm } from '../../dataset/form.js';
import { parquetDifference } from '../../tables/parquet/read.js';
import { sha256Through } from '../../lake/streams.js';
import type { Storage } from '../../storage/port.js';

/**
 * The hour's Parquet file: its bytes against the ledger's hash, its rows against the archive's; without `rows` those of the ledger
 * are counted alone.
 */
export async function parquetDifferences(
  storage: Storage,
  { dataset, hour, parquet }: Ledger,
  rows: readonly string[] | undefined,
  form: RecordForm,
): Promise<string[]> {
  if (!parquet) return [];
  const key = parquetKey(dataset, hour);
  const found = await storage.head(key);
  if (!found) return [`${key} is gone`];
  const differences: string[] = [];
  if (parquet.key !== key) differences.push(`parquet.key is ${parquet.key}`);
  if (found.bytes !== parquet.bytes)
    differences.push(`${key} has ${found.bytes} bytes, the ledger says ${parquet.bytes}`);
  if ((await sha256Through(storage.open(key))) !== parquet.sha256)
    differences.push(`${key} is not the file that the ledger names (SHA-256 differs)`);
  if (!rows) return differences;
  if (parquet.rows !== rows.length)
    differences.push(`parquet.rows: the ledger says ${parquet.rows}, the archive ${rows.length}`);
  const expected = (own: RecordForm): string[] => rows.map((row) => readableRow(row, own));
  const difference = await parquetDifference(storage.open(key), form, expected, rows.length).catch(
    (error: unknown) => {
      // DuckDB's own errors may quote data.
      if (isFernlakeError(error)) throw error;
      return 'cannot be read as Parquet';
    },
  );
  if (difference) differences.push(`${key} ${difference}`);
  return differences;
}
