import type { Command } from 'commander';
import { type Choice, type Config, readConfig } from '../config/config.js';
import { faultOfColumnName, isPlainName } from '../dataset/column-names.js';
import { type ExtraType, faultOfExtraName, spellExtraFields } from '../dataset/extra-fields.js';
import type { RecordForm } from '../dataset/form.js';
import { findFields, type FoundField, type FoundFields } from '../tables/query/schema.js';
import { formsToRead, openLake } from './lake.js';
import { json, out, outAsIs, paint, showTable } from './output.js';
import { showProgress } from './progress.js';
import { count } from '../figures.js';
import { rangeOf, sealedHours } from './sealed-hours.js';

interface SchemaOptions extends Choice {
  readonly from?: string;
  readonly to?: string;
  readonly json?: true;
}

export function registerSchema(program: Command): void {
  program
    .command('schema')
    .description('show the schema of the rows, and which fields landed beyond it')
    .option('--from <hour>', 'only hours from this one on (2023-04-20T13, or a day, month, year)')
    .option('--to <hour>', 'only hours up to this one')
    .option('--json', 'print it as JSON')
    .action(async (options: SchemaOptions) => {
      const config = readConfig({ sample: true, choice: options });
      const range = rangeOf(options);
      const storage = await openLake(config);
      const { tables: form } = await formsToRead(storage, config);
      const hours = await sealedHours(storage, config.dataset, range);
      const progress = showProgress();
      const found = await findFields(storage, config.dataset, hours, form, (done, of) => {
        progress.tell(() => `${count(done)} of ${count(of)} hours`);
      });
      progress.end();
      const suggested = suggestion(found.fields, form, config.file);
      if (options.json) json({ schema: declared(form), ...found, suggested: suggested ?? null });
      else show(config, form, found, suggested);
    });
}

interface Declared {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
}

const declared = ({ columns }: RecordForm): Declared[] =>
  columns.map(({ name, type, codec, meaning }) => ({
    name,
    type: codec?.kind === 'time' ? 'time' : type,
    meaning,
  }));

/** What would give each new field that can have one a column; undefined where there is none to add. */
function suggestion(
  found: readonly FoundField[],
  form: RecordForm,
  file: string | undefined,
): string | undefined {
  const added = found.flatMap(({ name, types, fit }) => {
    const type =
      fit === null && faultOfName(name, form, file) === undefined ? columnType(types, file) : undefined;
    return type ? [{ name, type }] : [];
  });
  if (added.length === 0) return undefined;
  if (file === undefined) return `FERNLAKE_FIELDS=${spellExtraFields([...form.optional, ...added])}`;
  return added.map(({ name, type }) => `${yamlKey(name)}: { type: ${type}, optional: true }`).join('\n');
}

/** Why the field can have no column; undefined where it can. A file can declare more names than the variable. */
function faultOfName(name: string, { columns }: RecordForm, file: string | undefined): string | undefined {
  if (file === undefined) return faultOfExtraName(name);
  const twin = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  return twin ? `differs from ${twin.name} by case alone` : faultOfColumnName(name);
}

/** Words that YAML, in one version or another, takes for something else than text. */
const YAML_WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;
const yamlKey = (name: string): string =>
  isPlainName(name) && !YAML_WORDS.test(name) ? name : JSON.stringify(name);

/**
 * The narrowest that holds every value. Dicts and lists are JSON, which the variable has no type for, since a text column breaks on
 * them in Hive.
 */
function columnType(types: FoundField['types'], file: string | undefined): ExtraType | 'json' | undefined {
  const seen = Object.keys(types).filter((type) => type !== 'null');
  const only = (...some: string[]): boolean => seen.every((type) => some.includes(type));
  if (!only('string', 'integer', 'float', 'boolean')) return file === undefined ? undefined : 'json';
  if (seen.length === 0 || !only('integer', 'float', 'boolean')) return 'text';
  if (only('boolean')) return 'boolean';
  return only('integer') ? 'integer' : only('integer', 'float') ? 'number' : 'text';
}

function show(
  { dataset, file }: Pick<Config, 'dataset' | 'file'>,
  form: RecordForm,
  { hours, rows, fields }: FoundFields,
  suggested: string | undefined,
): void {
  out(`${paint('bold', 'fernlake schema')} ${dataset}`);
  showTable(declared(form), [
    { head: 'column', cell: ({ name }) => name },
    { head: 'type', cell: ({ type }) => type },
    { head: 'meaning', cell: ({ meaning }) => meaning },
  ]);
  out();
  if (fields.length === 0)
    return out(`No field beyond it in ${count(rows)} rows of ${count(hours)} sealed hours.`);
  out(`Beyond it, in ${count(rows)} rows of ${count(hours)} sealed hours (they landed as they came):`);
  showTable(fields, [
    { head: 'field', cell: ({ name }) => printable(name) },
    { head: 'rows', cell: (field) => count(field.rows), right: true },
    { head: 'first hour', cell: ({ firstHour }) => firstHour },
    { head: 'state', cell: (field) => state(field, form, file) },
    { head: 'rows by type', cell: ({ types }) => typesInWords(types) },
  ]);
  if (suggested === undefined) return;
  out();
  out(
    `To give the new ones columns in tables, views and Parquet files, ${file === undefined ? 'set' : `write below datasets.${dataset}.record.columns in ${file}`}`,
  );
  for (const line of suggested.split('\n')) outAsIs(`  ${line}`);
  out(
    'print the tables again (npx fernlake ddl), and have sealed Parquet files written anew: npx fernlake reprocess',
  );
}

const typesInWords = (types: FoundField['types']): string =>
  Object.entries(types)
    .map(([type, n]) => `${type}: ${count(n)}`)
    .join(', ');

function state({ name, rows, fit, types }: FoundField, form: RecordForm, file: string | undefined): string {
  if (fit !== null)
    return fit === rows ? 'added' : `added; ${count(rows - fit)} do not fit: see unknown_fields`;
  if (name.includes('.')) return 'a member: see unknown_fields';
  const fault = faultOfName(name, form, file);
  if (fault) return `${fault}: see unknown_fields`;
  return columnType(types, file) ? 'new' : 'nested: see unknown_fields';
}

/** A name comes from a record: nothing of it may reach the terminal as a command. */
const printable = (text: string): string =>
  text.replace(/\p{C}/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
