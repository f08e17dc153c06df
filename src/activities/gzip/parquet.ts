import { FernlakeError } from '../../errors.js';
import { parquetKey } from '../../lake/keys.js';
import type { Ledger, LedgerObject } from '../../lake/ledger.js';
import type { ParquetPart } from '../parts.js';
import { readableRow } from '../../dataset/readable-row.js';
import type { RecordForm } from '../../dataset/form.js';
import { sha256Through } from '../../lake/streams.js';
import type { Hour } from '../../dataset/hour.js';
import type { ParquetWriter } from '../../tables/parquet/port.js';
import type { ActivityDeps } from '../deps.js';

/** What a merge has to do about the hour's Parquet file. */
export interface ParquetPlan {
  /** A file is written from the hour's rows, in place of `replaces`. */
  readonly writes: boolean;
  readonly replaces: string | null;
  /** The file that stands, and stays. */
  readonly keeps: LedgerObject | null;
  /** A file that would be older than the rows: it goes once the ledger stands. */
  readonly stale: readonly string[];
}

/**
 * A file is written where the worker writes Parquet and the existing file is not of these rows: there is
 * none, the ledger names another, the rows changed, or its definition is another one. Where the worker no
 * longer writes Parquet, new rows make the old file stale.
 */
export async function planParquet(
  { storage, parquet, form }: Pick<ActivityDeps, 'storage' | 'parquet' | 'form'>,
  {
    dataset,
    hour,
    rebuild = false,
  }: { readonly dataset: string; readonly hour: Hour; readonly rebuild?: boolean },
  prior: Ledger | undefined,
  rows: number,
  sameRows: boolean,
): Promise<ParquetPlan> {
  // Without Parquet, nothing has to be read.
  if (!parquet && !prior?.parquet) return { writes: false, replaces: null, keeps: null, stale: [] };
  const key = parquetKey(dataset, hour);
  const there = await storage.head(key);
  const known = prior?.parquet ?? null;
  // Its columns are those of the ledger's definition.
  const hasColumns = prior?.definition === form.definition;
  const isKnown = known !== null && there?.etag === known.etag;
  // A rebuild reads the bytes: a disk that damages some may leave the etag as it was.
  const isWhole = isKnown && (!rebuild || (await sha256Through(storage.open(key))) === known.sha256);
  const stands = sameRows && isWhole && hasColumns;
  if (stands) return { writes: false, replaces: null, keeps: known, stale: [] };
  const writes = parquet !== undefined && rows > 0;
  return {
    writes,
    replaces: there?.etag ?? null,
    keeps: null,
    stale: there && !writes ? [key] : [],
  };
}

/** The landed rows of a part as a Parquet file. Throws `Configuration` where this worker writes none. */
export async function packParquet(
  rows: Buffer,
  { hour }: ParquetPart,
  writer: ParquetWriter | undefined,
  form: RecordForm,
): Promise<Buffer> {
  if (!writer) {
    throw new FernlakeError(
      'Configuration',
      'transient',
      `the seal of ${hour} writes Parquet and this worker does not: all workers must have the same FERNLAKE_FORMATS`,
      { details: { hour } },
    );
  }
  const lines = rows.toString('utf8').split('\n').slice(0, -1);
  return await writer(lines.map((row) => readableRow(row, form)));
}
