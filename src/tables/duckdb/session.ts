import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { FernlakeError, messageOf } from '../../errors.js';
import { plainValue, type PlainValue, textOf } from './values.js';

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly PlainValue[])[];
}

/** A DuckDB in memory, of its own. Errors of a statement are DuckDB's, in its words. */
export interface DuckSession {
  /** One statement or several. */
  run(sql: string): Promise<void>;
  /** The rows of the last statement. Throws `LimitExceeded` where their text is more than `bytesMax`. */
  rows(sql: string, bytesMax?: number): Promise<Rows>;
  /** The same rows, some thousand at a time. */
  chunks(sql: string): AsyncIterable<readonly (readonly PlainValue[])[]>;
  /** The tables that a query reads; undefined where it cannot be parsed (running it says why). */
  tableNames(sql: string): readonly string[] | undefined;
  /** How far the running query is, 0..1; undefined while DuckDB does not know. */
  progress(): number | undefined;
  close(): void;
}

export interface DuckOptions {
  /** 1 gives files whose rows and bytes do not depend on chance. */
  readonly threads?: number;
  /** What DuckDB may hold in memory; left out: four fifths of the machine's. */
  readonly memoryBytesMax?: number;
}

/**
 * DuckDB is an optional dependency of 70 MB, loaded only here and only when asked for: a worker that writes no Parquet
 * neither needs it nor waits for it. Throws `Configuration` where it is not installed.
 */
export async function openDuckdb({ threads, memoryBytesMax }: DuckOptions = {}): Promise<DuckSession> {
  const api = await load();
  const instance = await api.DuckDBInstance.create(':memory:', {
    // What it needs is built in (json, parquet, icu); the network is nothing that a query should wait for.
    autoinstall_known_extensions: 'false',
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(memoryBytesMax === undefined ? {} : { memory_limit: `${memoryBytesMax}B` }),
  });
  const connection = await instance.connect();
  await connection.run("SET TimeZone = 'UTC'");
  return new Session(instance, connection);
}

async function load(): Promise<typeof import('@duckdb/node-api')> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `DuckDB cannot be loaded (${messageOf(error).split('\n', 1)[0]}): install it with npm install @duckdb/node-api`,
      { cause: error },
    );
  }
}

/** Of a value in a row of JavaScript, beside its text. */
const ROW_VALUE_BYTES = 16;

const tooMuch = (bytesMax: number, rows: number): FernlakeError =>
  new FernlakeError(
    'LimitExceeded',
    'terminal',
    `the result is more than ${bytesMax / 1024 / 1024} MiB, after ${rows} rows: ask for fewer rows or columns (LIMIT, WHERE), or have DuckDB ` +
      `write them: COPY (SELECT …) TO 'rows.csv'`,
    { details: { bytesMax, rows } },
  );

class Session implements DuckSession {
  constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  async rows(sql: string, bytesMax = Number.POSITIVE_INFINITY): Promise<Rows> {
    const result = await this.connection.stream(sql);
    const rows: (readonly PlainValue[])[] = [];
    let bytes = 0;
    for await (const some of result.yieldConvertedRows<PlainValue>((value) => plainValue(value))) {
      for (const row of some) {
        if (bytesMax < Number.POSITIVE_INFINITY)
          bytes += row.reduce<number>((sum, value) => sum + ROW_VALUE_BYTES + textOf(value).length, 0);
        rows.push(row);
      }
      if (bytes > bytesMax) throw tooMuch(bytesMax, rows.length);
    }
    return { columns: result.columnNames(), rows };
  }

  async *chunks(sql: string): AsyncGenerator<readonly (readonly PlainValue[])[]> {
    const result = await this.connection.stream(sql);
    yield* result.yieldConvertedRows<PlainValue>((value) => plainValue(value));
  }

  tableNames(sql: string): readonly string[] | undefined {
    try {
      return this.connection.getTableNames(sql, false);
    } catch {
      return undefined;
    }
  }

  progress(): number | undefined {
    const { percentage } = this.connection.progress;
    return percentage >= 0 ? percentage / 100 : undefined;
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
