import { epochMsOfTimeCode, expandText } from './compaction.js';
import { FernlakeError } from '../errors.js';
import { extraValue } from './extra-fields.js';
import type { Column, RecordForm } from './form.js';
import { type Field, readJsonText } from './literal.js';
import { UNKNOWN_FIELDS } from './reserved-names.js';

/**
 * A landed row in the form that typed columns hold: one JSON object with exactly the fields of the schema, in its order, and
 * behind them those that a user has added. Text is expanded, `inDate` is milliseconds since 1970, and what has no column, or
 * does not fit into its own, stands as JSON text in `unknown_fields` (null when there is nothing). Throws `LakeCorrupt`, or `Configuration` for a code that its dictionary
 * does not have.
 */
export function readableRow(row: string, { byName: columns, required, optional }: RecordForm): string {
  const result = readJsonText(row);
  if (!result?.ok) throw corrupt('a line of the object is not a landed row');
  const byName = new Map(result.fields.map((field) => [field.name, field]));
  const known = required.map((column) => {
    const field = byName.get(column.name);
    if (!field) throw corrupt(`a landed row has no ${column.name}`);
    return `${JSON.stringify(column.name)}:${readableValue(column, field)}`;
  });
  const placed = new Set<string>();
  const added = optional.map(({ name, type }) => {
    const field = byName.get(name);
    const value = field && extraValue(type, field);
    if (value !== undefined) placed.add(name);
    return `${JSON.stringify(name)}:${value ?? 'null'}`;
  });
  const unknown = unknownMembers(result.fields, columns, placed);
  return `{${[...known, ...added].join(',')},"${UNKNOWN_FIELDS}":${unknown === undefined ? 'null' : JSON.stringify(unknown)}}`;
}

function readableValue({ name, codec, members }: Column, field: Field): string {
  if (members) return declaredMembers(members, field);
  if (!codec) return field.json;
  if (field.type !== 'string') throw corrupt(`${name} of a landed row is of type ${field.type}`);
  if (codec.kind === 'time') return String(epochMsOfTimeCode(field.text));
  return JSON.stringify(expandText(codec, field.text, name));
}

/** The declared members of a dict, as text: one that is something else stands as its JSON text, one that is missing as null. */
function declaredMembers(members: readonly Column[], field: Field): string {
  const inner = readJsonText(field.json);
  const byName = new Map((inner?.ok ? inner.fields : []).map((member) => [member.name, member]));
  const parts = members.map(({ name }) => {
    const member = byName.get(name);
    if (!member || member.type === 'null') return `"${name}":null`;
    return `"${name}":${member.type === 'string' ? member.json : JSON.stringify(member.json)}`;
  });
  return `{${parts.join(',')}}`;
}

/** What the schema does not declare, fields and members of dicts alike, as JSON text. */
function unknownMembers(
  fields: readonly Field[],
  columns: RecordForm['byName'],
  placed: ReadonlySet<string>,
): string | undefined {
  const parts: string[] = [];
  for (const { name, json } of fields) {
    if (placed.has(name)) continue;
    const column = columns.get(name);
    if (!column || column.isOptional) parts.push(`${JSON.stringify(name)}:${json}`);
    else if (column.members) {
      const declared = new Set(column.members.map((member) => member.name));
      const inner = readJsonText(json);
      const extra = inner?.ok ? inner.fields.filter((member) => !declared.has(member.name)) : [];
      if (extra.length === 0) continue;
      const members = extra.map((member) => `${JSON.stringify(member.name)}:${member.json}`);
      parts.push(`${JSON.stringify(name)}:{${members.join(',')}}`);
    }
  }
  return parts.length === 0 ? undefined : `{${parts.join(',')}}`;
}

const corrupt = (message: string): FernlakeError => new FernlakeError('LakeCorrupt', 'terminal', message);
