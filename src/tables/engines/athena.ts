import {
  type DdlInput,
  hourLocation,
  partitionColumns,
  partitionValues,
  type TableFormat,
  tableLocation,
  tableNames,
} from './ddl.js';
import { leftOutComment, namable, PLAIN_NAMES } from './names.js';
import { hiveColumns, hiveKeyType, hiveStorage, tableParameters } from './hive.js';
import { projectionProperties } from './projection.js';
import { trinoName, trinoReadableQuery } from './trino-view.js';

const quote = (name: string): string => `\`${name}\``;

/** Hive's literal: with double quotes where the text holds single ones, as the format of a date does. */
const literal = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`);

const PARTITIONS_A_STATEMENT = 50;

/** Tables are declared in Hive's dialect, the view in Trino's: that is how Athena reads them. One statement at a time. */
export function athenaDdl(declared: DdlInput): string {
  const { form, leftOut } = namable(declared.form, PLAIN_NAMES);
  const input = { ...declared, form };
  const names = tableNames(input.dataset);
  const statements = [`CREATE DATABASE IF NOT EXISTS ${quote(input.database)};\n`];
  for (const format of input.formats)
    statements.push(athenaTable(input, format), ...athenaPartitions(input, format));
  if (input.formats.includes('ndjson')) {
    const database = trinoName(input.database);
    const query = trinoReadableQuery(input, `${database}.${trinoName(names.ndjson)}`);
    statements.push(`CREATE OR REPLACE VIEW ${database}.${trinoName(names.readable)} AS\n  ${query};\n`);
  }
  return leftOutComment(leftOut) + statements.join('\n');
}

function athenaTable(input: DdlInput, format: TableFormat): string {
  const { serde, serdeProperties } = hiveStorage(format, input.form);
  const columns = hiveColumns(format, input.form).map(
    ({ name, type, comment }) => `${quote(name)} ${type} COMMENT ${literal(comment)}`,
  );
  const keys = partitionColumns(input).map((key) => `${quote(key.name)} ${hiveKeyType(key)}`);
  const properties = [...Object.entries(tableParameters[format]), ...projectionProperties(input, format)];
  return [
    `CREATE EXTERNAL TABLE IF NOT EXISTS ${quote(input.database)}.${quote(tableNames(input.dataset)[format])} (`,
    `  ${columns.join(',\n  ')}`,
    ')',
    `PARTITIONED BY (${keys.join(', ')})`,
    ...(format === 'ndjson'
      ? [
          `ROW FORMAT SERDE ${literal(serde)}`,
          `WITH SERDEPROPERTIES (${list(Object.entries(serdeProperties))})`,
        ]
      : ['STORED AS PARQUET']),
    `LOCATION ${literal(`${tableLocation(input, format)}/`)}`,
    `TBLPROPERTIES (\n  ${list(properties, ',\n  ')}\n);\n`,
  ].join('\n');
}

/** Each sealed hour by name. Without the location Athena would look in `month=4`. */
function athenaPartitions(input: DdlInput, format: TableFormat): string[] {
  if (input.partitions !== 'explicit') return [];
  const table = `${quote(input.database)}.${quote(tableNames(input.dataset)[format])}`;
  const statements: string[] = [];
  for (let at = 0; at < input.hours.length; at += PARTITIONS_A_STATEMENT) {
    const partitions = input.hours.slice(at, at + PARTITIONS_A_STATEMENT).map((hour) => {
      const spec = partitionValues(hour).map(([name, value]) => `${quote(name)} = ${value}`);
      return `PARTITION (${spec.join(', ')}) LOCATION ${literal(hourLocation(input, format, hour))}`;
    });
    statements.push(`ALTER TABLE ${table} ADD IF NOT EXISTS\n  ${partitions.join('\n  ')};\n`);
  }
  return statements;
}

function list(properties: readonly (readonly [string, string])[], separator = ', '): string {
  return properties.map(([key, value]) => `${literal(key)} = ${literal(value)}`).join(separator);
}
