import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecordForm } from '../../dataset/form.js';
import { wholeLines } from '../../lake/lines.js';
import { literal } from '../duckdb/sql.js';
import { openDuckdb } from '../duckdb/session.js';
import { isParquetRow, parquetRows } from './read.js';
import { writeParquetFile } from './write.js';

/** What DuckDB may hold. It takes a tenth of that, but for records of tens of KB each: 2,048 rows at least are in memory at once. */
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;
const INPUT = 'rows.json';

/** The size of some rows as a Parquet file, written to disk and read back: as many as the system's temporary folder has room for. */
export class ParquetMeasure {
  #rows = 0;

  private constructor(
    private readonly folder: string,
    private readonly form: RecordForm,
    private readonly input: FileHandle,
  ) {}

  static async open(form: RecordForm): Promise<ParquetMeasure> {
    const folder = await mkdtemp(path.join(tmpdir(), 'fernlake-parquet-'));
    return new ParquetMeasure(folder, form, await open(path.join(folder, INPUT), 'wx', 0o600));
  }

  /** As `readableRow` gives them. */
  async write(rows: readonly string[]): Promise<void> {
    this.#rows += rows.length;
    await this.input.appendFile(rows.map((row) => `${row}\n`).join(''));
  }

  /** `same`: whether it gives back the rows that were written. */
  async end(): Promise<{ bytes: number; same: boolean }> {
    const [input, output] = [path.join(this.folder, INPUT), path.join(this.folder, 'rows.parquet')];
    const from = `read_parquet(${literal(output)})`;
    const session = await openDuckdb({ threads: 1, memoryBytesMax: MEMORY_BYTES_MAX });
    try {
      await writeParquetFile(session, { input, output, rows: this.#rows, form: this.form });
      const written = linesOf(input);
      let same = true;
      for await (const rows of parquetRows(session, from, this.form)) {
        for (const row of rows) {
          const line = await written.next();
          same &&= line.done !== true && isParquetRow(row, line.value);
        }
      }
      same &&= (await written.next()).done === true;
      return { bytes: (await stat(output)).size, same };
    } finally {
      session.close();
    }
  }

  async close(): Promise<void> {
    await this.input.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  for await (const lines of wholeLines(createReadStream(file), Infinity))
    yield* lines.toString('utf8').split('\n').slice(0, -1);
}
