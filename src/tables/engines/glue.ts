import type { Hour } from '../../dataset/hour.js';
import {
  type DdlInput,
  hourLocation,
  partitionColumns,
  partitionValues,
  type TableFormat,
  tableLocation,
  tableNames,
} from './ddl.js';
import { HIVE_TYPES, hiveColumns, hiveKeyType, hiveStorage, tableParameters } from './hive.js';
import { typeName } from './columns.js';
import { namable, PLAIN_NAMES } from './names.js';
import { projectionProperties } from './projection.js';
import { trinoName, trinoReadableColumns, trinoReadableQuery } from './trino-view.js';

/** Calls of the Glue API, each with its input, in the order in which to make them. */
export interface GlueDefinition {
  readonly CreateDatabase: { readonly DatabaseInput: { readonly Name: string } };
  readonly CreateTable: readonly { readonly DatabaseName: string; readonly TableInput: TableInput }[];
  /** At most 100 partitions a call, as the API wants it. Empty where Athena projects them. */
  readonly BatchCreatePartition: readonly {
    readonly DatabaseName: string;
    readonly TableName: string;
    readonly PartitionInputList: readonly PartitionInput[];
  }[];
}

interface GlueColumn {
  readonly Name: string;
  readonly Type: string;
  readonly Comment?: string;
}

export interface TableInput {
  readonly Name: string;
  readonly Description?: string;
  readonly TableType: 'EXTERNAL_TABLE' | 'VIRTUAL_VIEW';
  readonly Parameters: Readonly<Record<string, string>>;
  readonly PartitionKeys: readonly GlueColumn[];
  readonly StorageDescriptor: StorageDescriptor | ViewDescriptor;
  readonly ViewOriginalText?: string;
  readonly ViewExpandedText?: string;
}

interface StorageDescriptor {
  readonly Columns: readonly GlueColumn[];
  readonly Location: string;
  readonly InputFormat: string;
  readonly OutputFormat: string;
  readonly Compressed: boolean;
  readonly SerdeInfo: {
    readonly SerializationLibrary: string;
    readonly Parameters: Readonly<Record<string, string>>;
  };
}

/** Glue refuses an empty name of a library ("valid min length: 1"), so a view, which has no files, names none. */
interface ViewDescriptor {
  readonly Columns: readonly GlueColumn[];
  readonly Location?: undefined;
  readonly SerdeInfo: Readonly<Record<string, never>>;
}

export interface PartitionInput {
  /** In the order of the keys; without padding, since the keys are integers. */
  readonly Values: readonly string[];
  readonly StorageDescriptor: StorageDescriptor;
}

const PARTITIONS_A_CALL = 100;

export function glueDefinition(declared: DdlInput): GlueDefinition {
  const { form, leftOut } = namable(declared.form, PLAIN_NAMES);
  const input = { ...declared, form };
  const DatabaseName = input.database;
  const tables = input.formats.map((format) => ({ ...glueTable(input, format), ...described(leftOut) }));
  if (input.formats.includes('ndjson')) tables.push(glueView(input));
  return {
    CreateDatabase: { DatabaseInput: { Name: DatabaseName } },
    CreateTable: tables.map((TableInput) => ({ DatabaseName, TableInput })),
    BatchCreatePartition: input.partitions === 'explicit' ? batches(input) : [],
  };
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_TableInput.html */
const DESCRIPTION_CHARACTERS_MAX = 2_048;

const described = (leftOut: string): { Description?: string } =>
  leftOut === ''
    ? {}
    : {
        Description: `Without the columns ${leftOut}, whose names Athena does not take`.slice(
          0,
          DESCRIPTION_CHARACTERS_MAX,
        ),
      };

export const glueDdl = (input: DdlInput): string => `${JSON.stringify(glueDefinition(input), null, 2)}\n`;

function glueTable(input: DdlInput, format: TableFormat): TableInput {
  return {
    Name: tableNames(input.dataset)[format],
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      EXTERNAL: 'TRUE',
      ...tableParameters[format],
      ...Object.fromEntries(projectionProperties(input, format)),
    },
    PartitionKeys: partitionColumns(input).map((key) => ({ Name: key.name, Type: hiveKeyType(key) })),
    StorageDescriptor: storage(input, format, `${tableLocation(input, format)}/`),
  };
}

/** One landed hour, for a table with explicit partitions. */
export function gluePartition(
  input: Pick<DdlInput, 'location' | 'dataset' | 'form'>,
  format: TableFormat,
  hour: Hour,
): PartitionInput {
  return {
    Values: partitionValues(hour).map(([, value]) => String(value)),
    StorageDescriptor: storage(input, format, hourLocation(input, format, hour)),
  };
}

function storage(input: Pick<DdlInput, 'form'>, format: TableFormat, location: string): StorageDescriptor {
  const { form } = namable(input.form, PLAIN_NAMES);
  const { serde, serdeProperties, inputFormat, outputFormat } = hiveStorage(format, form);
  return {
    Columns: hiveColumns(format, form).map(({ name, type, comment }) => ({
      Name: name,
      Type: type,
      Comment: comment,
    })),
    Location: location,
    InputFormat: inputFormat,
    OutputFormat: outputFormat,
    Compressed: true,
    SerdeInfo: { SerializationLibrary: serde, Parameters: serdeProperties },
  };
}

/**
 * Athena keeps a view as a table without files; its query stands in base64, as Trino's ConnectorViewDefinition in JSON.
 * `runAsInvoker`: open Trino wants to know with whose rights the view reads ("Run-as identity must be set"); Athena always
 * reads with the caller's. Trino finds the table below only where its catalogue is called `awsdatacatalog`, too.
 */
function glueView(input: DdlInput): TableInput {
  const names = tableNames(input.dataset);
  const columns = trinoReadableColumns(input);
  const definition = {
    originalSql: trinoReadableQuery(input, `${trinoName(input.database)}.${trinoName(names.ndjson)}`),
    catalog: 'awsdatacatalog',
    schema: input.database,
    columns: columns.map(({ name, trinoType }) => ({ name, type: trinoType })),
    runAsInvoker: true,
  };
  const keys = new Set(partitionColumns(input));
  return {
    Name: names.readable,
    TableType: 'VIRTUAL_VIEW',
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    PartitionKeys: [],
    StorageDescriptor: {
      Columns: columns.map(({ name, column }) => ({
        Name: name,
        Type: keys.has(column) ? hiveKeyType(column) : typeName(column.type, HIVE_TYPES),
        Comment: column.meaning,
      })),
      SerdeInfo: {},
    },
    ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(definition)).toString('base64')} */`,
    ViewExpandedText: '/* Presto View */',
  };
}

function batches(input: DdlInput): GlueDefinition['BatchCreatePartition'] {
  return input.formats.flatMap((format) => {
    const calls = Math.ceil(input.hours.length / PARTITIONS_A_CALL);
    return Array.from({ length: calls }, (_, call) => ({
      DatabaseName: input.database,
      TableName: tableNames(input.dataset)[format],
      PartitionInputList: input.hours
        .slice(call * PARTITIONS_A_CALL, (call + 1) * PARTITIONS_A_CALL)
        .map((hour) => gluePartition(input, format, hour)),
    }));
  });
}
