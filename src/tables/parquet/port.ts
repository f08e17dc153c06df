/** Lines of `readableRow` as the bytes of a Parquet file; the same lines give the same bytes. */
export type ParquetWriter = (lines: readonly string[]) => Promise<Buffer>;
