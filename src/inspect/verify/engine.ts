import pMap from 'p-map';
import { eachRow } from '../../lake/rows.js';
import { isFernlakeError } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { parquetKey, tableKey } from '../../lake/keys.js';
import { LakeForms } from '../../lake/definitions.js';
import { valueOf } from '../../lake/outcome.js';
import { damageIn } from '../../lake/damage.js';
import type { Ledger } from '../../lake/ledger.js';
import type { RecordForm } from '../../dataset/form.js';
import { quoted } from '../../tables/duckdb/sql.js';
import { openDuckdb } from '../../tables/duckdb/session.js';
import { localFiles } from '../../tables/query/files.js';
import { createTables } from '../../tables/query/tables.js';
import type { Storage } from '../../storage/port.js';
import { hasMoved } from './audit-hour.js';
import type { Finding } from './findings.js';
import { readLedgers } from './lake-state.js';

export interface EngineInput {
  readonly storage: Storage;
  readonly dataset: string;
  /** The form by which rows are read whose ledger names a definition that cannot be read. */
  readonly form: RecordForm;
  readonly onProgress?: (hours: number, of: number) => void;
}

export interface EngineReport {
  readonly engine: 'DuckDB';
  readonly hours: number;
  /** As the engine counted them, of the JSON lines and of Parquet. */
  readonly rows: { readonly ndjson: number; readonly parquet: number };
  readonly findings: readonly Finding[];
}

const HOURS_AT_ONCE = 2;

/** What an engine sees of an hour: rows, distinct ids, and of each nested field the rows that have one. */
type Counts = readonly number[];

const FORMS = [
  { table: 'logs', kind: 'ndjson', keyOf: tableKey, object: ({ object }: Ledger) => object },
  { table: 'logs_parquet', kind: 'parquet', keyOf: parquetKey, object: ({ parquet }: Ledger) => parquet },
] as const;

const nestedOf = ({ columns }: RecordForm): (readonly [name: string, member: string])[] =>
  columns.flatMap(({ name, members }) => (members ?? []).map((member) => [name, member.name] as const));
const countedOf = (form: RecordForm): string[] => [
  `rows with ${form.timeColumn}`,
  `distinct ${form.idColumn}`,
  ...nestedOf(form).map(([name, member]) => `rows with ${name}.${member}`),
];

/**
 * The lake as an engine shows it, against the ledgers: the tables and views that `fernlake ddl` prints, a day at a time.
 * A bare count of rows looks fine on files that show nothing else, so nested fields are counted, too; how many there should be
 * is counted in the object, row by row, with JSON.parse.
 */
export async function engineAudit(input: EngineInput): Promise<EngineReport> {
  const findings: Finding[] = [];
  const ledgers = await readLedgers(input.storage, input.dataset, (finding) => findings.push(finding));
  const days = new Map<string, Ledger[]>();
  for (const ledger of ledgers) {
    // Rows of one definition at a time: views and Parquet files have its columns.
    const day = `${ledger.hour.slice(0, 10)} ${ledger.definition}`;
    days.set(day, [...(days.get(day) ?? []), ledger]);
  }
  const rows = { ndjson: 0, parquet: 0 };
  let done = 0;
  const forms = new LakeForms(input.storage, input.dataset, input.form);
  for (const day of days.values()) {
    const form = valueOf(await forms.of(day[0]!.definition)) ?? input.form;
    const seen = await countAll({ ...input, form }, day);
    for (const ledger of day) {
      const found = await differences({ ...input, form }, ledger, seen);
      if (found.length > 0 && !(await hasMoved(input.storage, ledger))) findings.push(...found);
      for (const { kind } of FORMS) rows[kind] += seen[kind].get(ledger.hour)?.[0] ?? 0;
      done += 1;
      input.onProgress?.(done, ledgers.length);
    }
  }
  return { engine: 'DuckDB', hours: ledgers.length, rows, findings };
}

interface Seen {
  readonly ndjson: ReadonlyMap<Hour, Counts>;
  readonly parquet: ReadonlyMap<Hour, Counts>;
}

/** All hours in one question; hour by hour where that fails, so that one damaged file is told from the others. */
async function countAll(input: EngineInput, ledgers: readonly Ledger[]): Promise<Seen> {
  const hours = ledgers.map(({ hour }) => hour).sort();
  const [from, to] = [hours[0], hours.at(-1)];
  const seen = { ndjson: new Map<Hour, Counts>(), parquet: new Map<Hour, Counts>() };
  if (!from || !to) return seen;
  for (const form of FORMS) {
    if (!ledgers.some((ledger) => form.object(ledger))) continue;
    const all = await count(input, form, from, to);
    const maps = all
      ? [all]
      : await pMap(hours, (hour) => count(input, form, hour, hour), { concurrency: HOURS_AT_ONCE });
    for (const [hour, counts] of maps.flatMap((map) => [...(map ?? [])])) seen[form.kind].set(hour, counts);
  }
  return seen;
}

/** undefined where the engine cannot read what is there. */
async function count(
  { storage, dataset, form }: EngineInput,
  { table, kind }: (typeof FORMS)[number],
  from: Hour,
  to: Hour,
): Promise<Map<Hour, Counts> | undefined> {
  const kinds = new Set([kind === 'ndjson' ? 'rows' : 'parquet'] as const);
  const local = await localFiles({
    ...{ storage, dataset, kinds, from, to },
    formOfHour: () => Promise.resolve(form),
  });
  const session = await openDuckdb();
  try {
    await createTables(session, local.files, 'logs', form);
    const nested = nestedOf(form).map(([name, member]) => `count(${quoted(name)}.${quoted(member)})`);
    const { rows } = await session.rows(
      `SELECT year, month, day, hour, ${[`count(${quoted(form.timeColumn)})`, `count(DISTINCT ${quoted(form.idColumn)})`, ...nested].join(', ')} FROM ${table} GROUP BY ALL`,
    );
    return new Map(
      rows.map(([year, month, day, hour, ...counts]) => {
        const part = (value: unknown, digits = 2): string => String(value).padStart(digits, '0');
        return [
          `${part(year, 4)}-${part(month)}-${part(day)}T${part(hour)}` as Hour,
          counts.map(Number),
        ] as const;
      }),
    );
  } catch (error) {
    // DuckDB's error may quote data; that there is one is the finding.
    if (isFernlakeError(error)) throw error;
    return undefined;
  } finally {
    session.close();
    await local.close();
  }
}

async function differences(
  { storage, dataset, form }: EngineInput,
  ledger: Ledger,
  seen: Seen,
): Promise<Finding[]> {
  const { hour, landed } = ledger;
  const findings: Finding[] = [];
  const nested = await nestedIn(storage, dataset, hour, form);
  for (const { kind, keyOf, object } of FORMS) {
    if (!object(ledger)) continue;
    const where = keyOf(dataset, hour);
    const counts = seen[kind].get(hour);
    const expected = [landed, landed, ...(nested ?? [])];
    if (!counts) findings.push({ where, what: 'DuckDB cannot read it, or sees no row of this hour in it' });
    else if (!nested) findings.push({ where, what: 'cannot be read row by row' });
    else
      countedOf(form).forEach((name, i) => {
        if (counts[i] !== expected[i])
          findings.push({ where, what: `${name}: DuckDB counts ${counts[i]}, not ${expected[i]}` });
      });
  }
  return findings;
}

/** Rows with each nested field; undefined where a line is no row. */
async function nestedIn(
  storage: Storage,
  dataset: string,
  hour: Hour,
  form: RecordForm,
): Promise<Counts | undefined> {
  try {
    const nested = nestedOf(form);
    const counts = nested.map(() => 0);
    await eachRow(storage, tableKey(dataset, hour), (text) => {
      const row = JSON.parse(text) as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
      nested.forEach(([name, member], i) => (counts[i]! += (row[name]?.[member] ?? null) === null ? 0 : 1));
    });
    return counts;
  } catch (error) {
    if (error instanceof SyntaxError || damageIn(error)) return undefined;
    throw error;
  }
}
