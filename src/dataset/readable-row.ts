import { expandText } from './compaction.js';
import { FernlakeError } from '../errors.js';
import { eventMsOfRow } from './event-time.js';
import type { Column, RecordForm } from './form.js';
import { type Field, readJsonText } from './literal.js';
import { UNKNOWN_FIELDS } from './reserved-names.js';
import { tableValue } from './table-value.js';

/**
 * A landed row in the form that typed columns hold: one JSON object with exactly the columns of the declaration, in its order. Text
 * is expanded, the time of the event is milliseconds since 1970, and what has no column, or does not fit into its own, stands as JSON
 * text in `unknown_fields` (null when there is nothing). Throws `LakeCorrupt`, or `Configuration` for a code that its dictionary
 * does not have.
 */
export function readableRow(row: string, form: RecordForm): string {
  const result = readJsonText(row);
  if (!result?.ok) throw corrupt('a line of the object is not a landed row');
  const byName = new Map(result.fields.map((field) => [field.name, field]));
  const placed = new Map<string, Placed>();
  const values = form.columns.map((column) => {
    const value = place(column, byName.get(column.name), form);
    placed.set(column.name, value);
    return `${JSON.stringify(column.name)}:${value.json}`;
  });
  const rest = restOf(result.fields, placed);
  return `{${[...values, `"${UNKNOWN_FIELDS}":${rest === undefined ? 'null' : JSON.stringify(rest)}`].join(',')}}`;
}

/** A value in its column, as JSON text, and what the column has no room for. */
interface Placed {
  readonly json: string;
  readonly rest?: string | undefined;
}

const NULL: Placed = { json: 'null' };

function place(column: Column, field: Field | undefined, form: RecordForm): Placed {
  const { name, codec, isOptional } = column;
  if (!field) {
    if (isOptional) return NULL;
    throw corrupt(`a landed row has no ${name}`);
  }
  if (name === form.timeColumn) return { json: String(eventMsOfRow(form, JSON.parse(field.json))) };
  if (codec && !(isOptional && field.type !== 'string'))
    return { json: JSON.stringify(expandText(codec, codeOf(name, field), name)) };
  return placeValue(column, field);
}

function codeOf(name: string, { type, text }: Field): string {
  if (type !== 'string') throw corrupt(`${name} of a landed row is of type ${type}`);
  return text;
}

function placeValue(column: Column, field: Field): Placed {
  if (column.members && field.type === 'dict') return placeMembers(column.members, field);
  const json = column.members && field.type !== 'null' ? undefined : tableValue(column, field);
  return json === undefined ? { json: 'null', rest: field.json } : { json };
}

/** Each member as the views have it: where it may hold anything, what does not fit its column is null. */
function placeMembers(members: readonly Column[], field: Field): Placed {
  const inner = readJsonText(field.json);
  const fields = inner?.ok ? inner.fields : [];
  const byName = new Map(fields.map((member) => [member.name, member]));
  const placed = new Map<string, Placed>();
  const parts = members.map((member) => {
    const found = byName.get(member.name);
    const value = found ? placeValue({ ...member, isOptional: true }, found) : NULL;
    placed.set(member.name, value);
    return `${JSON.stringify(member.name)}:${value.json}`;
  });
  return { json: `{${parts.join(',')}}`, rest: restOf(fields, placed) };
}

/** What no column has room for, in the order of the record, as JSON text. */
function restOf(fields: readonly Field[], placed: ReadonlyMap<string, Placed>): string | undefined {
  const parts = fields.flatMap(({ name, json }) => {
    const value = placed.get(name);
    const rest = value ? value.rest : json;
    return rest === undefined ? [] : [`${JSON.stringify(name)}:${rest}`];
  });
  return parts.length === 0 ? undefined : `{${parts.join(',')}}`;
}

const corrupt = (message: string): FernlakeError => new FernlakeError('LakeCorrupt', 'terminal', message);
