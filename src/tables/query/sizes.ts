import { promisify } from 'node:util';
import { deflate as zlibDeflate, inflate as zlibInflate } from 'node:zlib';
import { lakeCorrupt } from '../../lake/damage.js';
import { unpack } from '../../lake/objects.js';
import { decodeRow } from '../../dataset/decode.js';
import { FernlakeError } from '../../errors.js';
import { gunzip, gzip } from '../../bytes/gzip.js';
import type { Hour } from '../../dataset/hour.js';
import { indentJson, minifyJson } from '../../bytes/json-indent.js';
import { tableKey } from '../../lake/keys.js';
import { LIMITS } from '../../limits.js';
import { recordIdOf } from '../../lake/row-id.js';
import { readableRow } from '../../dataset/readable-row.js';
import type { RecordForm } from '../../dataset/form.js';
import { readRecord } from '../../dataset/record.js';
import { parquetDifference } from '../parquet/read.js';
import { writeParquet } from '../parquet/write.js';
import type { Storage } from '../../storage/port.js';

const deflate = promisify<Uint8Array, object, Buffer>(zlibDeflate);
const inflate = promisify<Uint8Array, Buffer>(zlibInflate);

export interface Size {
  readonly form: string;
  readonly bytes: number;
}

export interface HourSizes {
  readonly hour: Hour;
  readonly rows: number;
  /** The first is what the others are compared with. */
  readonly sizes: readonly Size[];
}

/**
 * What one hour takes in each form. Every form is read back and compared with the records before its size is told; throws
 * `HashMismatch` (or `LakeCorrupt`) where it does not give them back. Throws `ObjectNotFound` for an hour without rows.
 */
export async function sizesOf(
  storage: Storage,
  dataset: string,
  hour: Hour,
  form: RecordForm,
): Promise<HourSizes> {
  const key = tableKey(dataset, hour);
  const { body } = await storage.get(key, LIMITS.wholeBytesMax);
  const unpacked = await unpack(key, body);
  if (unpacked.kind === 'damaged') throw lakeCorrupt(unpacked);
  const compact = unpacked.value;
  const rows = compact.toString('utf8').split('\n').slice(0, -1);
  const records = rows.map((row) => decodeRow(row, form));
  rows.forEach((row, i) => check(compactAgain(records[i] ?? '', form) === row, 'compact', hour));
  const json = `[${records.join(',')}]`;
  const indented = Buffer.from(indentJson(json));
  check(minifyJson(indented.toString('utf8')) === json, 'JSON', hour);
  const readable = rows.map((row) => readableRow(row, form));
  const parquet = await writeParquet(readable, form);
  check((await parquetDifference(parquet, form, () => readable)) === undefined, 'Parquet', hour);
  return {
    hour,
    rows: rows.length,
    sizes: [
      { form: 'JSON, indented by 4', bytes: indented.length },
      { form: 'JSON, gzip', bytes: await gzipped(indented, hour) },
      { form: 'JSON, zlib', bytes: await deflated(indented, hour) },
      { form: 'compact', bytes: compact.length },
      { form: 'compact, gzip (as landed)', bytes: body.length },
      { form: 'compact, zlib', bytes: await deflated(compact, hour) },
      { form: 'Parquet, zstd', bytes: parquet.length },
    ],
  };
}

/** The sum over hours, form by form. */
export function sumSizes(all: readonly HourSizes[]): Omit<HourSizes, 'hour'> {
  const [first] = all;
  return {
    rows: all.reduce((sum, { rows }) => sum + rows, 0),
    sizes: (first?.sizes ?? []).map(({ form }, i) => ({
      form,
      bytes: all.reduce((sum, { sizes }) => sum + (sizes[i]?.bytes ?? 0), 0),
    })),
  };
}

async function gzipped(bytes: Buffer, hour: Hour): Promise<number> {
  const packed = await gzip(bytes);
  check((await gunzip(packed, bytes.length)).equals(bytes), 'gzip', hour);
  return packed.length;
}

async function deflated(bytes: Buffer, hour: Hour): Promise<number> {
  const packed = await deflate(bytes, { level: 9, memLevel: 9 });
  check((await inflate(packed)).equals(bytes), 'zlib', hour);
  return packed.length;
}

/** The row that the pipeline makes of a record, whatever its time: it has landed before. */
function compactAgain(record: string, form: RecordForm): string | undefined {
  const outcome = readRecord(Buffer.from(record), recordIdOf(record, form), form, Number.MAX_SAFE_INTEGER);
  return outcome.ok ? outcome.row : undefined;
}

function check(same: boolean, form: string, hour: Hour): void {
  if (same) return;
  throw new FernlakeError(
    'HashMismatch',
    'terminal',
    `hour ${hour} does not come back the same from its ${form} form: run npx fernlake verify, and report it if that agrees`,
    { details: { hour, form } },
  );
}
