import { FernlakeError } from '../../errors.js';
import type { GlueDefinition, TableInput } from '../engines/glue.js';

type PartitionInputs = GlueDefinition['BatchCreatePartition'][number]['PartitionInputList'];

/** What a definition is applied with. Each throws a FernlakeError. */
export interface Applier {
  /** Resolves to whether it was made now. */
  createDatabase(input: GlueDefinition['CreateDatabase']): Promise<boolean>;
  /** Makes the table or view, or brings it up to date. Resolves to which of the two, in words. */
  putTable(input: TableInput): Promise<string>;
  /** Resolves to how many were there already. */
  createPartitions(table: string, list: PartitionInputs): Promise<number>;
}

/**
 * Makes, or brings up to date, all that the definition says; tells of each step. What is there already is no error. The view
 * comes last, and what fails keeps nothing else from being made: a table that lacks its hours would show no row of them.
 * Throws at the end what has failed.
 */
export async function applyDefinition(
  glue: Applier,
  definition: GlueDefinition,
  tell: (line: string) => void,
): Promise<void> {
  const name = definition.CreateDatabase.DatabaseInput.Name;
  const made = await glue.createDatabase(definition.CreateDatabase);
  tell(`database ${name}: ${made ? 'created' : 'was there'}`);
  const inputs = definition.CreateTable.map(({ TableInput }) => TableInput);
  const failures: FernlakeError[] = [];
  for (const table of inputs.filter((input) => !isView(input))) {
    await collect(failures, async () => {
      tell(`table ${table.Name}: ${await glue.putTable(table)}`);
      await registerHours(glue, table.Name, definition, tell);
    });
  }
  for (const view of inputs.filter(isView))
    await collect(failures, async () => tell(`view ${view.Name}: ${await glue.putTable(view)}`));
  throwAll(failures);
}

const isView = ({ TableType }: TableInput): boolean => TableType === 'VIRTUAL_VIEW';

async function registerHours(
  glue: Applier,
  table: string,
  definition: GlueDefinition,
  tell: (line: string) => void,
): Promise<void> {
  const calls = definition.BatchCreatePartition.filter(({ TableName }) => TableName === table);
  if (calls.length === 0) return;
  const sum = { made: 0, there: 0 };
  for (const { PartitionInputList } of calls) {
    const there = await glue.createPartitions(table, PartitionInputList);
    sum.there += there;
    sum.made += PartitionInputList.length - there;
  }
  tell(`hours of ${table}: ${sum.made} registered, ${sum.there} were there`);
}

async function collect(failures: FernlakeError[], step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof FernlakeError)) throw error;
    failures.push(error);
  }
}

function throwAll(failures: readonly FernlakeError[]): void {
  const [first, ...more] = failures;
  if (!first) return;
  if (more.length === 0) throw first;
  const list = failures.map(({ message }) => `\n  - ${message}`).join('');
  throw new FernlakeError(first.code, first.kind, `${failures.length} steps failed:${list}`, {
    cause: first,
  });
}
