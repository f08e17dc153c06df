import type { Codec } from '../../../src/dataset/compaction.js';
import { formOf } from '../../../src/dataset/form.js';
import { LOG_API } from '../../../src/dataset/presets.js';
import { EXTRA_TYPES } from '../../../src/dataset/extra-fields.js';
import { UNKNOWN_FIELDS } from '../../../src/dataset/reserved-names.js';
import { TYPES as BIGQUERY } from '../../../src/tables/engines/bigquery.js';
import { PARTITION_COLUMNS, readableColumns, type TypeNames } from '../../../src/tables/engines/columns.js';
import { TYPES as DUCKDB } from '../../../src/tables/engines/duckdb.js';
import { HIVE_TYPES } from '../../../src/tables/engines/hive.js';
import { TYPES as SPARK } from '../../../src/tables/engines/spark.js';
import { TRINO_TYPES } from '../../../src/tables/engines/trino-view.js';
import { code, type Page, sentence, table } from './page.js';

const LANDED: Readonly<Record<Codec['kind'], string>> = {
  hex: '64 hex digits as 43 characters, a UUID as 22 (base64url); else verbatim behind `=`',
  time: '`2022-12-05T12:14:00.179Z` as `221205121400179`; any other spelling verbatim behind `=`, and in front of it, for a time local to FERNLAKE_ZONE, its instant',
  dictionary: 'its place in the dictionary, from `1` on; else verbatim behind `=`',
};

const ENGINES: readonly (readonly [name: string, types: TypeNames])[] = [
  ['Athena, Glue, Hive', HIVE_TYPES],
  ['Trino', TRINO_TYPES],
  ['BigQuery', BIGQUERY],
  ['DuckDB', DUCKDB],
  ['Spark', SPARK],
];

const SIMPLE = ['text', 'integer', 'number', 'boolean', 'timestamp'] as const;

export function schemaPage(): Page {
  const form = formOf(LOG_API);
  const types = new Map(readableColumns(form).map(({ name, type }) => [name, type]));
  const typeOf = (name: string): string => {
    const type = types.get(name) ?? 'text';
    return typeof type === 'string' ? type : `struct of ${type.map((member) => member.name).join(', ')}`;
  };
  return {
    file: 'schema.md',
    title: 'The row',
    about: 'every field of a landed row, its compact form, and its type in each engine',
    from: ['src/dataset/presets.ts', 'src/tables/engines'],
    body: `The row of the preset \`log-api\`. In the JSON lines every compact field is a string; the view \`logs_readable\` and Parquet give it back as
it was sent.

${table(
  ['field', 'in the record', 'in the JSON lines', 'in the view and in Parquet', 'what it says'],
  form.columns.map(({ name, type, codec, meaning }) => [
    code(name),
    type,
    codec ? LANDED[codec.kind] : 'as it came',
    typeOf(name),
    sentence(meaning),
  ]),
)}

All are required, and of this type, but the members of \`detail\`. Tables have
${PARTITION_COLUMNS.map(({ name }) => code(name)).join(', ')} besides: the event's hour in UTC, from the folders' names.

## Fields beyond it

land as they came, are in Parquet's \`${UNKNOWN_FIELDS}\` as JSON, and can be given columns: [how](../how-to/new-fields.md). Their types:
${EXTRA_TYPES.map(code).join(', ')}.

## Types by engine

${table(
  ['type', ...ENGINES.map(([name]) => name)],
  SIMPLE.map((type) => [type, ...ENGINES.map(([, names]) => code(names[type]))]),
)}

Hive's names are in lower case there (\`indate\`); values keep theirs.

## What engines make of declared columns

- **What may be missing, and each member of an object, is text** in the table of landed rows, since one odd value in a typed column fails a
  whole file. The view casts it, and Parquet holds it typed: NULL where it does not fit. An object is a struct: rows where it was something
  else fail the file, until \`reprocess\` judges them anew.
- **\`json\`, and an object without columns**, is JSON in BigQuery and DuckDB, text elsewhere (there read by OpenX in Athena, Glue and Trino). A
  text among the values stands without its quotes in Athena, Trino and Spark.
- **Names** are quoted. Athena, Glue and BigQuery take letters, digits and \`_\` alone, Trino of members, too: other columns are left out there,
  and the statements say which. Parquet and the rows have them.
- **The time of the event** is an instant in Parquet, always. In the view it is with \`compact: time\`, and without for \`epoch_s\`, \`epoch_ms\`, and
  \`iso8601\` or \`rfc1123\` of zone UTC; else the view gives the text as it came.`,
  };
}
