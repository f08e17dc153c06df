import { fileURLToPath } from 'node:url';
import { Argument, type Command, Option } from 'commander';
import { type Choice, type Config, readConfig } from '../config/config.js';
import { openGlue } from '../tables/glue/glue.js';
import { applyDefinition } from '../tables/glue/glue-apply.js';
import { databaseName, formatList } from '../config/values.js';
import { FernlakeError, isFernlakeError, messageOf } from '../errors.js';
import { formOf, type RecordForm } from '../dataset/form.js';
import { hourOf, type Hour } from '../dataset/hour.js';
import { athenaDdl } from '../tables/engines/athena.js';
import { bigqueryDdl } from '../tables/engines/bigquery.js';
import type { DdlInput, PartitionStyle } from '../tables/engines/ddl.js';
import { duckdbDdl } from '../tables/engines/duckdb.js';
import { glueDdl, glueDefinition } from '../tables/engines/glue.js';
import { sparkDdl } from '../tables/engines/spark.js';
import { trinoDdl } from '../tables/engines/trino.js';
import { formsToRead, openLake } from './lake.js';
import { out } from './output.js';
import { parseBound, rangeOf, sealedHours } from './sealed-hours.js';

interface Engine {
  readonly ddl: (input: DdlInput) => string;
  /** What its tables can be declared over; nothing said: anything. */
  readonly locations?: RegExp;
  /** The first is the default: one that needs no care from year to year, where the engine has it. */
  readonly partitions: readonly [PartitionStyle, ...PartitionStyle[]];
  /** How a folder is named to it. */
  readonly folder?: 'path' | 'uri';
}

const ENGINES: Readonly<Record<string, Engine>> = {
  athena: { ddl: athenaDdl, locations: /^s3:\/\//, partitions: ['dt', 'projection', 'explicit'] },
  glue: { ddl: glueDdl, locations: /^s3:\/\//, partitions: ['dt', 'projection', 'explicit'] },
  trino: { ddl: trinoDdl, partitions: ['dt', 'projection', 'explicit'], folder: 'uri' },
  bigquery: { ddl: bigqueryDdl, locations: /^gs:\/\//, partitions: ['projection'] },
  duckdb: { ddl: duckdbDdl, partitions: ['projection'], folder: 'path' },
  spark: { ddl: sparkDdl, partitions: ['projection', 'explicit'], folder: 'uri' },
};

interface DdlOptions extends Choice {
  readonly partitions?: PartitionStyle;
  readonly database?: string;
  readonly location?: string;
  readonly formats?: string;
  readonly from?: string;
  readonly to?: string;
  readonly apply?: true;
}

export function registerDdl(program: Command): void {
  program
    .command('ddl')
    .description('print the statements that make the lake a table of an engine')
    .addArgument(new Argument('<engine>').choices(Object.keys(ENGINES)))
    .addOption(
      new Option(
        '--partitions <style>',
        'how the engine learns of the hours; default: dt for athena, glue and trino, else projection',
      ).choices(['dt', 'projection', 'explicit']),
    )
    .option(
      '--database <name>',
      'database, schema or dataset of the table; default: FERNLAKE_GLUE_DATABASE, or fernlake',
    )
    .option('--location <uri>', 'where the engine finds the lake, if not at FERNLAKE_LAKE')
    .option('--formats <list>', 'ndjson or ndjson,parquet, if not as in FERNLAKE_FORMATS')
    .option(
      '--from <hour>',
      'first hour (2023-04-20T13, or a day, month, year); default: the first sealed one',
    )
    .option(
      '--to <hour>',
      'last hour; default: the current one (dt), or the end of the year after the last sealed one',
    )
    .option('--apply', 'make them, in place of printing them, where there is an API for it: glue')
    .action(async (engine: string, options: DdlOptions) => {
      const config = readConfig({ sample: true, choice: options });
      const named = ENGINES[engine];
      if (!named) throw wrong(`${engine}: must be one of ${Object.keys(ENGINES).join(', ')}`);
      if (options.apply && engine !== 'glue')
        throw wrong(`--apply: only glue has an API for it; run what ${engine} prints`);
      const input = await inputOf(named, engine, options, config);
      if (!options.apply) return out(named.ddl(input).trimEnd());
      await applyDefinition(await openGlue(input), glueDefinition(input), out);
    });
}

async function inputOf(engine: Engine, name: string, options: DdlOptions, config: Config): Promise<DdlInput> {
  const { partitions = engine.partitions[0] } = options;
  const database = parsed('--database', databaseName, options.database) ?? config.glueDatabase ?? 'fernlake';
  if (!engine.partitions.includes(partitions))
    throw wrong(`--partitions ${partitions}: ${name} takes ${engine.partitions.join(' or ')}`);
  const { hours, from, to, openEnd } = await hoursOf(partitions, options, config);
  return {
    database,
    dataset: config.dataset,
    location: locationOf(engine, name, options.location ?? config.lake),
    formats: parsed('--formats', formatList, options.formats) ?? config.formats,
    partitions,
    from,
    to,
    openEnd,
    hours,
    form: await formOfTables(config),
  };
}

/** The form that the lake names, where it can be read; else the declared one. */
async function formOfTables(config: Config): Promise<RecordForm> {
  try {
    return (await formsToRead(await openLake(config), config)).tables;
  } catch (error) {
    if (!isFernlakeError(error, 'Configuration')) throw error;
    return formOf(config.declaration);
  }
}

/** Where the range is given, the lake need not be at hand; only explicit partitions have to know its hours. */
async function hoursOf(
  partitions: PartitionStyle,
  options: DdlOptions,
  config: Config,
): Promise<{ hours: Hour[]; from: Hour; to: Hour; openEnd: boolean }> {
  const range = rangeOf(options);
  if (range.from && range.to && range.from > range.to) throw wrong('--from is after --to');
  const needsTo = partitions === 'projection' && !range.to;
  const needsLake = partitions === 'explicit' || !range.from || needsTo;
  const hours = needsLake ? await sealedHours(await openLake(config), config.dataset, range) : [];
  const from = range.from ?? hours[0] ?? hourOf(Date.now());
  const last = hours.at(-1) ?? from;
  // A range that ended with the year would hide what lands on New Year's Day.
  const to = range.to ?? parseBound(String(Number(last.slice(0, 4)) + 1), '--to');
  return { hours, from, to, openEnd: range.to === undefined };
}

function locationOf({ locations, folder = 'uri' }: Engine, name: string, uri: string): string {
  const location = uri.replace(/\/+$/, '');
  if (locations && !locations.test(location)) {
    const scheme = locations.source.includes('gs') ? 'gs://bucket/prefix' : 's3://bucket/prefix';
    throw wrong(
      `${name} cannot read ${location}: give --location ${scheme}, where a copy of the lake is (npx fernlake copy)`,
    );
  }
  return folder === 'path' && location.startsWith('file://') ? fileURLToPath(location) : location;
}

/** undefined where the option is not given. */
function parsed<T>(option: string, parse: (text: string) => T, text: string | undefined): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw wrong(`${option} ${text}: ${messageOf(error)}`);
  }
}

const wrong = (message: string): FernlakeError => new FernlakeError('Configuration', 'terminal', message);
