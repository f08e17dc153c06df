import { open } from 'node:fs/promises';
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

/** Behind the footer: its length, and `PAR1`. */
const TRAILER_BYTES = 8;

/** Marks the file's `times` columns of milliseconds as UTC, in place. Throws `Bug` when they are not found. */
export async function markTimesAsUtc(file: string, times: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const { size } = await handle.stat();
    const end = size - TRAILER_BYTES;
    if (end < 0) throw unexpected('no Parquet file');
    const trailer = Buffer.alloc(TRAILER_BYTES);
    await handle.read(trailer, 0, TRAILER_BYTES, end);
    const footerBytes = trailer.readUInt32LE(0);
    if (trailer.toString('latin1', 4) !== 'PAR1' || footerBytes > end) throw unexpected('no Parquet file');
    const footer = Buffer.alloc(footerBytes);
    await handle.read(footer, 0, footerBytes, end - footerBytes);
    // The schema comes first in the footer, before any statistics that could hold the same bytes by chance.
    for (let at = 0, found = 0; found < times; found += 1) {
      at = footer.indexOf(LOCAL, at);
      if (at < 0) throw unexpected('a time column that is not marked as DuckDB 1.5 marks it');
      await handle.write(UTC, 0, UTC.length, end - footerBytes + at);
      at += UTC.length;
    }
  } finally {
    await handle.close();
  }
}

const unexpected = (what: string): FernlakeError =>
  new FernlakeError(
    'Bug',
    'terminal',
    `DuckDB wrote ${what}: please report it with the version of @duckdb/node-api`,
  );
