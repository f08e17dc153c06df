import { epochMsOfTimeCode, expandText } from './compaction.js';
import { FernlakeError } from '../errors.js';
import { type ExtraField, extraValue } from './extra-fields.js';
import { type Field, readJsonText } from './literal.js';
import {
  ROW_SCHEMA,
  SCHEMA_BY_NAME,
  UNKNOWN_FIELDS,
  type SchemaField,
  type SchemaMember,
} from './row-schema.js';
import type { UrlDictionary } from './urls.js';

/**
 * A landed row in the form that typed columns hold: one JSON object with exactly the fields of the schema, in its order, and
 * behind them those that a user has added. Text is expanded, `inDate` is milliseconds since 1970, and what has no column, or
 * does not fit into its own, stands as JSON text in `unknown_fields` (null when there is nothing). Throws `LakeCorrupt`, or `Configuration` for a url that the dictionary
 * does not have.
 */
export function readableRow(row: string, urls: UrlDictionary, extras: readonly ExtraField[] = []): string {
  const result = readJsonText(row);
  if (!result?.ok) throw corrupt('a line of the object is not a landed row');
  const byName = new Map(result.fields.map((field) => [field.name, field]));
  const known = ROW_SCHEMA.map((schema: SchemaField) => {
    const field = byName.get(schema.name);
    if (!field) throw corrupt(`a landed row has no ${schema.name}`);
    return `"${schema.name}":${readableValue(schema, field, urls)}`;
  });
  const placed = new Set<string>();
  const added = extras.map(({ name, type }) => {
    const field = byName.get(name);
    const value = field && extraValue(type, field);
    if (value !== undefined) placed.add(name);
    return `"${name}":${value ?? 'null'}`;
  });
  const unknown = unknownMembers(result.fields, placed);
  return `{${[...known, ...added].join(',')},"${UNKNOWN_FIELDS}":${unknown === undefined ? 'null' : JSON.stringify(unknown)}}`;
}

function readableValue(schema: SchemaField, field: Field, urls: UrlDictionary): string {
  const { name, compaction } = schema;
  if (schema.members) return declaredMembers(schema.members, field);
  if (!compaction) return field.json;
  if (field.type !== 'string') throw corrupt(`${name} of a landed row is of type ${field.type}`);
  if (compaction === 'time') return String(epochMsOfTimeCode(field.text));
  return JSON.stringify(expandText(compaction, field.text, urls));
}

/** The declared members of a dict, as text: one that is something else stands as its JSON text, one that is missing as null. */
function declaredMembers(members: readonly SchemaMember[], field: Field): string {
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
function unknownMembers(fields: readonly Field[], placed: ReadonlySet<string>): string | undefined {
  const parts: string[] = [];
  for (const { name, json } of fields) {
    if (placed.has(name)) continue;
    const schema = SCHEMA_BY_NAME.get(name);
    if (!schema) parts.push(`${JSON.stringify(name)}:${json}`);
    else if (schema.members) {
      const declared = new Set(schema.members.map((member) => member.name));
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
