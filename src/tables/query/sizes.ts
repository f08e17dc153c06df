import { createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import { LASTING } from '../../bytes/gzip.js';
import { indentJson, minifyJson } from '../../bytes/json-indent.js';
import { decodeRow } from '../../dataset/decode.js';
import type { Hour } from '../../dataset/hour.js';
import { readableRow } from '../../dataset/readable-row.js';
import type { Column, RecordForm } from '../../dataset/form.js';
import type { RecordId } from '../../dataset/record-id.js';
import { readRecord } from '../../dataset/record.js';
import { FernlakeError } from '../../errors.js';
import { tableKey } from '../../lake/keys.js';
import { recordIdOf } from '../../lake/row-id.js';
import { unpackedLines } from '../../lake/streams.js';
import type { Storage } from '../../storage/port.js';
import { ParquetMeasure } from '../parquet/measure.js';
import { PackedSize } from './packed-size.js';

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
 * `HashMismatch` (or `LakeCorrupt`) where it does not give them back. Throws `ObjectNotFound` for an hour without rows. The hour goes
 * through in chunks, whatever its size.
 */
export async function sizesOf(
  storage: Storage,
  dataset: string,
  hour: Hour,
  form: RecordForm,
): Promise<HourSizes> {
  const key = tableKey(dataset, hour);
  const landed = await storage.head(key);
  if (!landed)
    throw new FernlakeError('ObjectNotFound', 'terminal', `there is no ${key}`, { details: { key } });
  const forms = new Forms(hour, form, await ParquetMeasure.open(form));
  try {
    for await (const lines of unpackedLines(key, storage.open(key)))
      await forms.write(lines.toString('utf8').split('\n').filter(Boolean));
    return { hour, rows: forms.rows, sizes: await forms.sizes(landed.bytes) };
  } finally {
    await forms.close();
  }
}

/** An hour in all its forms at once, each of which keeps no more than it has not yet compared. */
class Forms {
  rows = 0;
  #indented = 0;
  #compact = 0;
  readonly #jsonGzip = new PackedSize(createGzip(LASTING), createGunzip());
  readonly #jsonZlib = new PackedSize(createDeflate(LASTING), createInflate());
  readonly #compactZlib = new PackedSize(createDeflate(LASTING), createInflate());
  readonly #landed: RecordForm;

  constructor(
    private readonly hour: Hour,
    private readonly form: RecordForm,
    private readonly parquet: ParquetMeasure,
  ) {
    this.#landed = landedForm(form);
  }

  async write(rows: readonly string[]): Promise<void> {
    const { hour, form } = this;
    const records = rows.map((row) => decodeRow(row, form));
    rows.forEach((row, i) =>
      check(compactAgain(records[i] ?? '', recordIdOf(row, form), this.#landed) === row, 'compact', hour),
    );
    await this.#writeIndented(records);
    const compact = Buffer.from(rows.map((row) => `${row}\n`).join(''));
    this.#compact += compact.length;
    await this.#compactZlib.write(compact);
    await this.parquet.write(rows.map((row) => readableRow(row, form)));
    this.rows += rows.length;
  }

  /** `landedBytes`: of the object. */
  async sizes(landedBytes: number): Promise<readonly Size[]> {
    await this.#json(Buffer.from(this.rows === 0 ? '[]' : '\n]'));
    return [
      { form: 'JSON, indented by 4', bytes: this.#indented },
      { form: 'JSON, gzip', bytes: this.#same(await this.#jsonGzip.end(), 'gzip') },
      { form: 'JSON, zlib', bytes: this.#same(await this.#jsonZlib.end(), 'zlib') },
      { form: 'compact', bytes: this.#compact },
      { form: 'compact, gzip (as landed)', bytes: landedBytes },
      { form: 'compact, zlib', bytes: this.#same(await this.#compactZlib.end(), 'zlib') },
      { form: 'Parquet, zstd', bytes: this.#same(await this.parquet.end(), 'Parquet') },
    ];
  }

  async close(): Promise<void> {
    for (const packed of [this.#jsonGzip, this.#jsonZlib, this.#compactZlib]) packed.close();
    await this.parquet.close();
  }

  /** Some records of one array of all: its last line break and bracket come at the end. */
  async #writeIndented(records: readonly string[]): Promise<void> {
    const array = `[${records.join(',')}]`;
    const indented = indentJson(array);
    check(minifyJson(indented) === array, 'JSON', this.hour);
    const start = this.rows === 0 ? '[' : ',';
    await this.#json(Buffer.from(start + indented.slice('['.length, -'\n]'.length)));
  }

  async #json(bytes: Buffer): Promise<void> {
    this.#indented += bytes.length;
    await this.#jsonGzip.write(bytes);
    await this.#jsonZlib.write(bytes);
  }

  #same({ bytes, same }: { readonly bytes: number; readonly same: boolean }, form: string): number {
    check(same, form, this.hour);
    return bytes;
  }
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

/** By which a record lands again as it has landed, whatever its time: that may have been before its columns were declared. */
function landedForm(form: RecordForm): RecordForm {
  const columns = form.columns.map((column): Column => ({ ...column, type: 'json', members: null }));
  const record = { ...form.declaration.record, other_columns: 'keep' as const };
  return {
    ...form,
    format: 'json',
    byName: new Map(columns.map((column) => [column.name, column])),
    declaration: { ...form.declaration, record },
  };
}

/** The row that the pipeline makes of a record. */
function compactAgain(record: string, id: RecordId, form: RecordForm): string | undefined {
  const outcome = readRecord(Buffer.from(record), id, form, Number.MAX_SAFE_INTEGER);
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
