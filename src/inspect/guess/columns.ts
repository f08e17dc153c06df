import { faultOfColumnName } from '../../dataset/column-names.js';
import { membersOf } from '../../dataset/column-types.js';
import type { ColumnType, CompactionDeclaration } from '../../dataset/declaration.js';
import type { Field } from '../../dataset/literal.js';
import { type Facts, factsOf, share } from './facts.js';
import { guessCompaction } from './compactions.js';

type MemberType = Exclude<ColumnType, 'object' | 'json'>;
export type MemberContent = MemberType | { readonly type: MemberType; readonly optional?: true };
export type ColumnContent =
  | ColumnType
  | {
      readonly type: ColumnType;
      readonly optional?: true;
      readonly compact?: CompactionDeclaration;
      readonly columns?: Readonly<Record<string, MemberContent>>;
    };

export interface GuessedColumn {
  readonly content: ColumnContent;
  readonly why: string;
}

/** More are rather data than names. */
const MEMBERS_MAX = 50;

/** A field as a column; the reason where it can be none, behind its name. */
export function guessColumn(facts: Facts): GuessedColumn | { readonly without: string } {
  const { name, of, count, values } = facts;
  if (values.length === 0)
    return { without: `null in ${share(count, of)}: declare it when it holds something` };
  const type = typeOf(facts);
  const members = type === 'object' ? membersIn(values) : undefined;
  const settled: ColumnType = type === 'object' && !members ? 'json' : type;
  const isOptional = count < of || (settled !== 'json' && values.length < count);
  const compaction =
    type === 'text'
      ? guessCompaction(
          name,
          values.map(({ text }) => text),
        )
      : undefined;
  const more = {
    ...(isOptional ? { optional: true as const } : {}),
    ...(compaction ? { compact: compaction.compact } : {}),
    ...(members ? { columns: members } : {}),
  };
  const content = Object.keys(more).length === 0 ? settled : { type: settled, ...more };
  return { content, why: whyOf(facts, settled, compaction?.why) };
}

function whyOf(
  { of, count, nulls, values, types }: Facts,
  type: ColumnType,
  compaction: string | undefined,
): string {
  const kinds = types.size > 1 ? ` (${[...types.keys()].join(', ')})` : '';
  return [
    `${type === 'json' && types.size > 1 ? 'mixed' : type} in ${share(values.length, of)}${kinds}`,
    ...(nulls > 0 ? [`null in ${nulls}`] : []),
    ...(count < of ? [`missing in ${of - count}`] : []),
    ...(compaction === undefined ? [] : [compaction]),
  ].join('; ');
}

const ALONE: Readonly<Record<string, ColumnType>> = {
  string: 'text',
  integer: 'integer',
  float: 'number',
  boolean: 'boolean',
  dict: 'object',
  list: 'json',
};

function typeOf({ types, values }: Facts): ColumnType {
  const [first, ...others] = [...types.keys()];
  const isNumber = [...types.keys()].every((type) => type === 'integer' || type === 'float');
  if (isNumber && others.length > 0) return 'number';
  if (first === undefined || others.length > 0) return 'json';
  // Engines have integers of 64 bits.
  if (first === 'integer' && values.some(({ json }) => BigInt.asIntN(64, BigInt(json)) !== BigInt(json)))
    return 'number';
  return ALONE[first] ?? 'json';
}

/** What of an object can have columns of its own; undefined where nothing can. */
function membersIn(values: readonly Field[]): Record<string, MemberContent> | undefined {
  const facts = [...factsOf(values.map(({ json }) => membersOf(json))).values()];
  if (facts.length === 0 || facts.length > MEMBERS_MAX) return undefined;
  const names = new Set(withoutTwins(facts.map(({ name }) => name)));
  const members = facts.flatMap((member): [string, MemberContent][] => {
    const type = typeOf(member);
    const isScalar = type === 'text' || type === 'integer' || type === 'number' || type === 'boolean';
    if (!isScalar || member.values.length === 0 || !names.has(member.name) || !isColumnName(member.name))
      return [];
    return [[member.name, member.values.length < member.of ? { type, optional: true } : type]];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

/** Engines see no difference in case: of names that differ in nothing else none is taken. */
export function withoutTwins(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return names.filter((name) => counts.get(name.toLowerCase()) === 1);
}

/** Names that mean something else to JavaScript's objects cannot stand in fernlake.yaml. */
const NO_NAMES = ['__proto__', 'prototype', 'constructor'];

export const isColumnName = (name: string): boolean =>
  faultOfColumnName(name) === undefined && !name.includes('${') && !NO_NAMES.includes(name);
