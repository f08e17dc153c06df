import type { ColumnType } from './declaration.js';
import type { Column } from './form.js';
import { type Field, readJsonText } from './literal.js';
import type { LiteralType } from './literal-types.js';
import type { QuarantineReason } from './reason.js';

/** Why a record cannot land. */
export interface Fault {
  readonly reason: QuarantineReason;
  /** The field and the rule. Never content. */
  readonly detail: string;
}

/** How a type of a declaration is written in a record. */
export const WRITTEN: Readonly<Record<ColumnType, readonly LiteralType[]>> = {
  text: ['string'],
  integer: ['integer'],
  number: ['integer', 'float'],
  boolean: ['boolean'],
  object: ['dict'],
  json: ['string', 'integer', 'float', 'boolean', 'null', 'dict', 'list'],
};

/** What is wrong with the value of a declared column; `path`: its name, and in front of it those of the objects around it. */
export function faultOfValue(column: Column, field: Field, path: string): Fault | undefined {
  const { type, isOptional, members } = column;
  if (isOptional && field.type === 'null') return undefined;
  if (!WRITTEN[type].includes(field.type))
    return { reason: 'wrong-type', detail: `${path} is of type ${field.type}, not ${type}` };
  if (type === 'integer' && !isInt64(field.json))
    return {
      reason: 'unsafe-integer',
      detail: `${path} is beyond 64 bits, which engines have no integer for`,
    };
  return members ? faultOfMembers(members, field.json, path) : undefined;
}

function faultOfMembers(members: readonly Column[], json: string, path: string): Fault | undefined {
  const fields = membersOf(json);
  for (const member of members) {
    const inside = `${path}.${member.name}`;
    const field = fields.find(({ name }) => name === member.name);
    const fault = field ? faultOfValue(member, field, inside) : faultOfLack(member, fields, inside);
    if (fault) return fault;
  }
  return undefined;
}

function faultOfLack(member: Column, fields: readonly Field[], path: string): Fault | undefined {
  const folded = member.name.toLowerCase();
  if (fields.some(({ name }) => name.toLowerCase() === folded)) return byCaseAlone(path);
  return member.isOptional ? undefined : { reason: 'missing-field', detail: `no ${path}` };
}

/** Engines take both for the column. */
export const byCaseAlone = (column: string): Fault => ({
  reason: 'ambiguous-field',
  detail: `a field differs from the column ${column} only by case`,
});

/** The members of an object in JSON that has been read before. */
export function membersOf(json: string): readonly Field[] {
  const read = readJsonText(json);
  return read?.ok ? read.fields : [];
}

const SAFE_CHARACTERS = 18;
const isInt64 = (digits: string): boolean =>
  digits.length <= SAFE_CHARACTERS || BigInt.asIntN(64, BigInt(digits)) === BigInt(digits);
