import type { RecordForm } from '../../dataset/form.js';
import { isJsonText } from '../../dataset/table-value.js';
import { type Column, columnsOf, typeName, type TypeNames } from './columns.js';
import type { TableFormat } from './ddl.js';

/** What the Hive catalogue, which Athena and Glue keep tables in, calls things. Names are lower-case there. */
export const HIVE_TYPES: TypeNames = {
  text: 'string',
  integer: 'bigint',
  number: 'double',
  boolean: 'boolean',
  timestamp: 'timestamp',
  json: 'string',
  struct: (members) => `struct<${members.map(([name, type]) => `${name.toLowerCase()}:${type}`).join(',')}>`,
};

export interface HiveColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
}

export function hiveColumns(format: TableFormat, form: RecordForm): HiveColumn[] {
  return columnsOf(format, form).map(({ name, type, meaning }) => ({
    name: name.toLowerCase(),
    type: typeName(type, HIVE_TYPES),
    comment: meaning,
  }));
}

/** Years and hours are plain integers, not the 64 bits of an id. */
export const hiveKeyType = ({ type }: Column): string => (type === 'text' ? 'string' : 'int');

export interface HiveStorage {
  readonly serde: string;
  readonly serdeProperties: Readonly<Record<string, string>>;
  readonly inputFormat: string;
  readonly outputFormat: string;
}

/** As the table's form needs it. */
export const hiveStorage = (format: TableFormat, form: RecordForm): HiveStorage =>
  format === 'ndjson' && form.columns.some(isJsonText)
    ? { ...HIVE_STORAGE.ndjson, serde: OPENX }
    : HIVE_STORAGE[format];

/**
 * Gives JSON of any kind as text; under Hive's own, an object in a column of text takes the rest of its row along
 * (`extractCurrentField` of its JsonSerDe reads on behind the `{`).
 */
const OPENX = 'org.openx.data.jsonserde.JsonSerDe';

/**
 * OpenX's own page now points to the Hive JSON SerDe. A line that cannot be read fails the query: skipping it in silence
 * is how the predecessor's tables showed thousands of rows without a user.
 */
const HIVE_STORAGE: Readonly<Record<TableFormat, HiveStorage>> = {
  ndjson: {
    serde: 'org.apache.hive.hcatalog.data.JsonSerDe',
    serdeProperties: { 'ignore.malformed.json': 'false' },
    inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
  },
  parquet: {
    serde: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
    serdeProperties: {},
    inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
    outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
  },
};

export const tableParameters: Readonly<Record<TableFormat, Readonly<Record<string, string>>>> = {
  ndjson: { classification: 'json', compressionType: 'gzip' },
  parquet: { classification: 'parquet', 'parquet.compression': 'ZSTD' },
};
