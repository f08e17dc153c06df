import pMap from 'p-map';
import { eachRow } from '../../lake/rows.js';
import { tableValue } from '../../dataset/table-value.js';
import type { RecordForm } from '../../dataset/form.js';
import { FernlakeError } from '../../errors.js';
import type { Hour } from '../../dataset/hour.js';
import { tableKey } from '../../lake/keys.js';
import { type Field, type LiteralType, readJsonText } from '../../dataset/literal.js';
import type { Storage } from '../../storage/port.js';

/** A field that rows hold beyond the schema: it landed as it came. */
export interface FoundField {
  /** `score`, or `detail.score` for a member of a dict that the schema declares. */
  readonly name: string;
  /** Rows by the type of their value. */
  readonly types: Readonly<Partial<Record<LiteralType, number>>>;
  readonly rows: number;
  readonly firstHour: Hour;
  readonly lastHour: Hour;
  /** Of `rows`, how many fit into the column that the user has added; null where none was added. */
  readonly fit: number | null;
}

export interface FoundFields {
  readonly hours: number;
  readonly rows: number;
  /** By their first hour, then by name. */
  readonly fields: readonly FoundField[];
}

const HOURS_AT_ONCE = 4;

/** Looks through the rows of these hours (ascending). Throws `LakeCorrupt` for an object that cannot be read. */
export async function findFields(
  storage: Storage,
  dataset: string,
  hours: readonly Hour[],
  form: RecordForm,
  onProgress?: (hours: number, of: number) => void,
): Promise<FoundFields> {
  const found = new Map<string, FoundField>();
  let done = 0;
  let rows = 0;
  await pMap(
    hours,
    async (hour) => {
      await eachRow(storage, tableKey(dataset, hour), (row) => {
        rows += 1;
        if (!isBeyondSchema(row, hour, form)) return;
        for (const [name, field] of beyondSchema(row, form)) note(found, name, field, hour, form);
      });
      done += 1;
      onProgress?.(done, hours.length);
    },
    { concurrency: HOURS_AT_ONCE },
  );
  const key = ({ firstHour, name }: FoundField): string => `${firstHour} ${name}`;
  return {
    hours: hours.length,
    rows,
    fields: [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1)),
  };
}

/** By the platform's own parser, which is many times faster than ours; most rows end here. */
function isBeyondSchema(row: string, hour: Hour, form: RecordForm): boolean {
  let parsed: Readonly<Record<string, unknown>>;
  try {
    parsed = JSON.parse(row) as Readonly<Record<string, unknown>>;
  } catch {
    // Without the parser's own words, which quote the row.
    const what = `a line of the object of ${hour} is no row: run npx fernlake verify`;
    throw new FernlakeError('LakeCorrupt', 'terminal', what, { details: { hour } });
  }
  return Object.entries(parsed).some(([name, value]) => {
    const schema = form.byName.get(name);
    if (!schema?.members) return schema === undefined || schema.isOptional;
    return Object.keys(value ?? {}).some((key) => !schema.members?.some((member) => member.name === key));
  });
}

function beyondSchema(row: string, form: RecordForm): (readonly [string, Field])[] {
  const { fields = [] } = readJsonText(row) ?? {};
  return fields.flatMap((field): (readonly [string, Field])[] => {
    const schema = form.byName.get(field.name);
    if (!schema || schema.isOptional) return [[field.name, field]];
    if (!schema.members) return [];
    const declared = new Set(schema.members.map(({ name }) => name));
    const { fields: members = [] } = readJsonText(field.json) ?? {};
    return members
      .filter(({ name }) => !declared.has(name))
      .map((member) => [`${field.name}.${member.name}`, member]);
  });
}

function note(
  found: Map<string, FoundField>,
  name: string,
  field: Field,
  hour: Hour,
  form: RecordForm,
): void {
  const before = found.get(name);
  const extra = form.optional.find((each) => each.name === name);
  const fits = extra && tableValue(extra, field) !== undefined ? 1 : 0;
  found.set(name, {
    name,
    types: { ...before?.types, [field.type]: (before?.types[field.type] ?? 0) + 1 },
    rows: (before?.rows ?? 0) + 1,
    firstHour: before && before.firstHour < hour ? before.firstHour : hour,
    lastHour: before && before.lastHour > hour ? before.lastHour : hour,
    fit: extra ? (before?.fit ?? 0) + fits : null,
  });
}
