import { FernlakeError } from '../../errors.js';

/**
 * DuckDB writes milliseconds only as a time without a zone (`isAdjustedToUTC = false`), which BigQuery takes for a
 * DATETIME and Spark for a TIMESTAMP_NTZ. Ours are UTC. In the footer, which is Thrift's compact protocol, that is one
 * bit: the type of the struct's first field says false or true.
 *
 *     8c  field 8 of LogicalType: a struct, TimestampType     12  field 1: false   (11: true)
 *     1c  field 2: a struct, TimeUnit     1c  its field 1: a struct, MILLIS     00 00 00 00  ends
 *
 * https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
const ENDS = [0x1c, 0x1c, 0, 0, 0, 0];
const LOCAL = Buffer.from([0x8c, 0x12, ...ENDS]);
const UTC = Buffer.from([0x8c, 0x11, ...ENDS]);

const TRAILER_BYTES = 8;

/** The same file, its `times` columns of milliseconds marked as UTC. Throws `Bug` when they are not found. */
export function markTimesAsUtc(file: Buffer, times: number): Buffer {
  const end = file.length - TRAILER_BYTES;
  if (end < 0 || file.toString('latin1', end + 4) !== 'PAR1') throw unexpected('no Parquet file');
  const marked = Buffer.from(file);
  // The schema comes first in the footer, before any statistics that could hold the same bytes by chance.
  let at = end - file.readUInt32LE(end);
  for (let found = 0; found < times; found += 1) {
    at = marked.indexOf(LOCAL, at);
    if (at < 0 || at >= end) throw unexpected('a time column that is not marked as DuckDB 1.5 marks it');
    UTC.copy(marked, at);
  }
  return marked;
}

const unexpected = (what: string): FernlakeError =>
  new FernlakeError(
    'Bug',
    'terminal',
    `DuckDB wrote ${what}: please report it with the version of @duckdb/node-api`,
  );
