import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { FernlakeError, messageOf } from '../../errors.js';
import { plainValue, type PlainValue } from './values.js';

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly PlainValue[])[];
}

/** A DuckDB in memory, of its own. Errors of a statement are DuckDB's, in its words. */
export interface DuckSession {
  /** One statement or several. */
  run(sql: string): Promise<void>;
  /** The rows of the last statement. */
  rows(sql: string): Promise<Rows>;
  /** The tables that a query reads; undefined where it cannot be parsed (running it says why). */
  tableNames(sql: string): readonly string[] | undefined;
  /** How far the running query is, 0..1; undefined while DuckDB does not know. */
  progress(): number | undefined;
  close(): void;
}

export interface DuckOptions {
  /** 1 gives files whose rows and bytes do not depend on chance. */
  readonly threads?: number;
}

/**
 * DuckDB is an optional dependency of 70 MB, loaded only here and only when asked for: a worker that writes no Parquet
 * neither needs it nor waits for it. Throws `Configuration` where it is not installed.
 */
export async function openDuckdb({ threads }: DuckOptions = {}): Promise<DuckSession> {
  const api = await load();
  const instance = await api.DuckDBInstance.create(':memory:', {
    // What it needs is built in (json, parquet, icu); the network is nothing that a query should wait for.
    autoinstall_known_extensions: 'false',
    ...(threads === undefined ? {} : { threads: String(threads) }),
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

class Session implements DuckSession {
  constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  async rows(sql: string): Promise<Rows> {
    const reader = await this.connection.runAndReadAll(sql);
    return {
      columns: reader.columnNames(),
      rows: reader.convertRows<PlainValue>((value) => plainValue(value)),
    };
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
