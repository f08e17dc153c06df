import type { RecordForm } from '../../dataset/form.js';
import { isJsonText } from '../../dataset/table-value.js';
import { type Column, columnsOf, typeName } from './columns.js';
import {
  type DdlInput,
  DT_FORMAT,
  dtRange,
  hourLocation,
  partitionColumns,
  partitionValues,
  projectedRanges,
  type TableFormat,
  tableLocation,
  tableNames,
} from './ddl.js';
import { leftOutComment, namable, PLAIN_MEMBERS } from './names.js';
import { TRINO_TYPES, trinoKeyType, trinoLiteral, trinoName, trinoReadableQuery } from './trino-view.js';

export const TRINO_CATALOG = 'hive';

/** For Trino's Hive connector; the catalogue is called `hive` in its documentation. */
export function trinoDdl(declared: DdlInput): string {
  const { form, leftOut } = namable(declared.form, PLAIN_MEMBERS);
  const input = { ...declared, form };
  const schema = `${trinoName(TRINO_CATALOG)}.${trinoName(input.database)}`;
  const names = tableNames(input.dataset);
  const statements = [`CREATE SCHEMA IF NOT EXISTS ${schema};\n`];
  for (const format of input.formats)
    statements.push(table(input, format, schema), ...partitions(input, format));
  if (input.formats.includes('ndjson')) {
    const query = trinoReadableQuery(input, `${schema}.${trinoName(names.ndjson)}`);
    statements.push(`CREATE OR REPLACE VIEW ${schema}.${trinoName(names.readable)} AS\n  ${query};\n`);
  }
  return leftOutComment(leftOut) + statements.join('\n');
}

function table(input: DdlInput, format: TableFormat, schema: string): string {
  const keys = partitionColumns(input);
  const columns = columnsOf(format, input.form).map(
    ({ name, type, meaning }) =>
      `${trinoName(name)} ${typeName(type, TRINO_TYPES)} COMMENT ${trinoLiteral(meaning)}`,
  );
  const properties = [
    `format = '${trinoFormat(format, input.form)}'`,
    `external_location = ${trinoLiteral(`${tableLocation(input, format)}/`)}`,
    `partitioned_by = ${array(keys.map(({ name }) => name))}`,
    ...(input.partitions === 'explicit'
      ? []
      : [
          'partition_projection_enabled = true',
          `partition_projection_location_template = ${trinoLiteral(template(input, format))}`,
        ]),
  ];
  return [
    `CREATE TABLE IF NOT EXISTS ${schema}.${trinoName(tableNames(input.dataset)[format])} (`,
    `  ${[...columns, ...keys.map((key) => keyColumn(input, key))].join(',\n  ')}`,
    `) WITH (\n  ${properties.join(',\n  ')}\n);\n`,
  ].join('\n');
}

/** JSON of any kind needs OpenX's reader (hive.ts). */
function trinoFormat(format: TableFormat, form: RecordForm): string {
  if (format === 'parquet') return 'PARQUET';
  return form.columns.some(isJsonText) ? 'OPENX_JSON' : 'JSON';
}

function template(input: DdlInput, format: TableFormat): string {
  const path = partitionColumns(input).map(({ name }) => (name === 'dt' ? '${dt}' : `${name}=\${${name}}`));
  return `${tableLocation(input, format)}/${path.join('/')}`;
}

function keyColumn(input: DdlInput, key: Column): string {
  const declared = `${trinoName(key.name)} ${trinoKeyType(key)}`;
  if (input.partitions === 'explicit') return declared;
  if (key.name === 'dt') {
    return `${declared} WITH (partition_projection_type = 'date', partition_projection_format = ${trinoLiteral(DT_FORMAT)}, partition_projection_range = ${array(dtRange(input))}, partition_projection_interval = 1, partition_projection_interval_unit = 'HOURS')`;
  }
  const range = projectedRanges(input).find(({ name }) => name === key.name);
  const bounds = array([String(range?.first ?? 0), String(range?.last ?? 0)]);
  return `${declared} WITH (partition_projection_type = 'integer', partition_projection_range = ${bounds}, partition_projection_digits = ${range?.digits ?? 2})`;
}

/** Needs `hive.allow-register-partition-procedure=true` in the catalogue's properties. */
function partitions(input: DdlInput, format: TableFormat): string[] {
  if (input.partitions !== 'explicit') return [];
  return input.hours.map((hour) => {
    const values = partitionValues(hour);
    return `CALL ${trinoName(TRINO_CATALOG)}.system.register_partition(${[
      `schema_name => ${trinoLiteral(input.database)}`,
      `table_name => ${trinoLiteral(tableNames(input.dataset)[format])}`,
      `partition_columns => ${array(values.map(([name]) => name))}`,
      `partition_values => ${array(values.map(([, value]) => String(value)))}`,
      `location => ${trinoLiteral(hourLocation(input, format, hour))}`,
    ].join(', ')});\n`;
  });
}

const array = (values: readonly string[]): string => `ARRAY[${values.map(trinoLiteral).join(', ')}]`;
