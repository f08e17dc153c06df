/** The one file that imports the Glue client, when it is asked for: most lakes need no catalogue to be told of hours. */
import type { GlueClient, Table } from '@aws-sdk/client-glue';
import type { LakeFormat } from '../../config/values.js';
import { FernlakeError, messageOf } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { type DdlInput, partitionValues, tableLocation, tableNames } from '../engines/ddl.js';
import { type GlueDefinition, gluePartition, type TableInput } from '../engines/glue.js';
import type { Applier } from './glue-apply.js';
import { glueError } from './glue-errors.js';
import type { Catalog } from './port.js';

type Sdk = typeof import('@aws-sdk/client-glue');

/** Which tables are meant: those of `fernlake ddl glue`. */
export type GlueTables = Pick<DdlInput, 'database' | 'dataset' | 'location' | 'formats' | 'form'>;

/** The SDK mends what passes within a second; what lasts longer is Temporal's to retry, where it is seen. */
const SDK_ATTEMPTS = 3;
const CONNECT_MS = 5_000;
const ANSWER_MS = 30_000;

/**
 * Credentials, region and endpoint come from the SDK's own chain. Nothing is asked of Glue yet. Throws `Configuration`
 * where the client is not installed.
 */
export async function openGlue(tables: GlueTables): Promise<GlueCatalog> {
  const sdk = await load();
  const client = new sdk.GlueClient({
    maxAttempts: SDK_ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
    },
  });
  return new GlueCatalog(sdk, client, tables);
}

async function load(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-glue');
  } catch (error) {
    const why = messageOf(error).split('\n', 1)[0];
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `the Glue client cannot be loaded (${why}): install it with npm install @aws-sdk/client-glue`,
      { cause: error },
    );
  }
}

export class GlueCatalog implements Catalog, Applier {
  constructor(
    private readonly sdk: Sdk,
    private readonly client: GlueClient,
    private readonly tables: GlueTables,
  ) {}

  get formats(): readonly LakeFormat[] {
    return this.tables.formats;
  }

  async register(format: LakeFormat, hour: Hour): Promise<boolean> {
    const table = tableNames(this.tables.dataset)[format];
    const input = new this.sdk.CreatePartitionCommand({
      ...this.named(table),
      PartitionInput: mutable(gluePartition(this.tables, format, hour)),
    });
    const what = `register ${hour} with ${this.tables.database}.${table}`;
    return await this.unlessThere(what, 'glue:CreatePartition', () => this.client.send(input));
  }

  /** Throws `Configuration` unless each table is there, is of this lake, and has its hours by name. */
  async check(): Promise<void> {
    for (const format of this.formats) {
      const name = tableNames(this.tables.dataset)[format];
      const table = await this.table(name);
      const fault = table ? this.faultOf(table, format) : 'is not there';
      if (fault === undefined) continue;
      throw new FernlakeError(
        'Configuration',
        'terminal',
        `FERNLAKE_GLUE_DATABASE: the table ${this.tables.database}.${name} ${fault}. Make it with npx fernlake ddl glue --apply --partitions explicit --database ${this.tables.database}`,
      );
    }
  }

  async createDatabase(input: GlueDefinition['CreateDatabase']): Promise<boolean> {
    const command = new this.sdk.CreateDatabaseCommand(input);
    const what = `create the database ${this.tables.database}`;
    return await this.unlessThere(what, 'glue:CreateDatabase', () => this.client.send(command));
  }

  async putTable(input: TableInput): Promise<string> {
    const found = await this.table(input.Name);
    const request = { ...this.database(), TableInput: mutable(input) };
    const name = `${this.tables.database}.${input.Name}`;
    if (!found) {
      await this.ask(`create ${name}`, 'glue:CreateTable', () =>
        this.client.send(new this.sdk.CreateTableCommand(request)),
      );
      return 'created';
    }
    const [there, ours] = [found.StorageDescriptor?.Location ?? '', input.StorageDescriptor.Location ?? ''];
    if (there !== ours || found.TableType !== input.TableType) {
      throw new FernlakeError(
        'Configuration',
        'terminal',
        `${name} is there and is not this lake's: it is a ${found.TableType ?? 'table'} over ${there === '' ? 'nothing' : there}. Name another --database, or remove it`,
      );
    }
    const keys = [keysOf(found), keysOf(input)];
    if (keys[0] !== keys[1]) {
      throw new FernlakeError(
        'Configuration',
        'terminal',
        `${name} is there with the partition keys ${keys[0]}, not ${keys[1]}: name the --partitions that it was made with, or drop it first (the lake stays as it is)`,
      );
    }
    await this.ask(`update ${name}`, 'glue:UpdateTable', () =>
      this.client.send(new this.sdk.UpdateTableCommand(request)),
    );
    return 'brought up to date';
  }

  /** At most 100 at once. */
  async createPartitions(
    table: string,
    list: GlueDefinition['BatchCreatePartition'][number]['PartitionInputList'],
  ): Promise<number> {
    const what = `register hours with ${this.tables.database}.${table}`;
    const { Errors = [] } = await this.ask(what, 'glue:BatchCreatePartition', () =>
      this.client.send(
        new this.sdk.BatchCreatePartitionCommand({
          ...this.named(table),
          PartitionInputList: list.map(mutable),
        }),
      ),
    );
    const bad = Errors.find(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== 'AlreadyExistsException');
    if (bad === undefined) return Errors.length;
    throw new FernlakeError(
      'CatalogDenied',
      'terminal',
      `cannot ${what}: Glue said ${bad.ErrorDetail?.ErrorCode} of ${bad.PartitionValues?.join('/')}: ${bad.ErrorDetail?.ErrorMessage}`,
    );
  }

  /** undefined where there is none. */
  private async table(name: string): Promise<Table | undefined> {
    const what = `look at ${this.tables.database}.${name}`;
    return await this.ask(what, 'glue:GetTable', async () => {
      try {
        return (await this.client.send(new this.sdk.GetTableCommand({ ...this.database(), Name: name })))
          .Table;
      } catch (error) {
        if (error instanceof this.sdk.EntityNotFoundException) return undefined;
        throw error;
      }
    });
  }

  private faultOf(table: Table, format: LakeFormat): string | undefined {
    const location = `${tableLocation(this.tables, format)}/`;
    const there = table.StorageDescriptor?.Location ?? 'nowhere';
    if (there.replace(/\/*$/, '/') !== location) return `is over ${there}, not over ${location}`;
    if (table.Parameters?.['projection.enabled'] === 'true')
      return 'has its hours computed by Athena, which then asks for no registered one';
    const keys = keysOf(table);
    const wanted = KEYS.join(', ');
    return keys === wanted ? undefined : `has the partition keys ${keys}, not ${wanted}`;
  }

  private database(): { DatabaseName: string } {
    return { DatabaseName: this.tables.database };
  }

  private named(table: string): { DatabaseName: string; TableName: string } {
    return { ...this.database(), TableName: table };
  }

  /** false where Glue says that there is one already. */
  private async unlessThere(
    what: string,
    permission: string,
    send: () => Promise<unknown>,
  ): Promise<boolean> {
    return await this.ask(what, permission, async () => {
      try {
        await send();
        return true;
      } catch (error) {
        if (error instanceof this.sdk.AlreadyExistsException) return false;
        throw error;
      }
    });
  }

  /** Every request goes through here: no error of the SDK gets past. */
  private async ask<T>(what: string, permission: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      const region = await this.client.config.region().catch(() => undefined);
      throw glueError(error, { what, permission, region });
    }
  }
}

const KEYS = partitionValues('2000-01-01T00' as Hour).map(([name]) => name);

const keysOf = (table: {
  readonly PartitionKeys?: readonly { readonly Name?: string | undefined }[] | undefined;
}): string => (table.PartitionKeys ?? []).map(({ Name }) => Name).join(', ');

/** The SDK's types do not know `readonly`. */
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;
const mutable = <T>(value: T): Mutable<T> => value as Mutable<T>;
