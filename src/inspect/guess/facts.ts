import type { Field, LiteralType } from '../../dataset/literal.js';

/** What records show of one field. */
export interface Facts {
  readonly name: string;
  /** Of how many records it was looked at. */
  readonly of: number;
  /** How many have it, null included. */
  readonly count: number;
  readonly nulls: number;
  /** How often it is of which type, null left out. */
  readonly types: ReadonlyMap<LiteralType, number>;
  /** Its values in the order of the records, null left out. */
  readonly values: readonly Field[];
}

export type RecordFields = readonly Field[];

/** Of every field of the records, in the order in which they first come. */
export function factsOf(records: readonly RecordFields[]): ReadonlyMap<string, Facts> {
  const found = new Map<string, Field[]>();
  for (const fields of records)
    for (const field of new Map(fields.map((each) => [each.name, each])).values()) {
      const values = found.get(field.name);
      if (values) values.push(field);
      else found.set(field.name, [field]);
    }
  return new Map([...found].map(([name, all]) => [name, ofField(name, all, records.length)]));
}

function ofField(name: string, all: readonly Field[], of: number): Facts {
  const values = all.filter(({ type }) => type !== 'null');
  const types = new Map<LiteralType, number>();
  for (const { type } of values) types.set(type, (types.get(type) ?? 0) + 1);
  return { name, of, count: all.length, nulls: all.length - values.length, types, values };
}

/** `all 100`, `97 of 100` */
export const share = (count: number, of: number): string =>
  count === of ? (of === 1 ? 'the one' : `all ${of}`) : `${count} of ${of}`;

/** A name in its words: `createdAt`, `created_at` and `created-at` have two. */
export const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/** What fernlake.yaml has for a value that refers to nothing. */
export const isWritable = (name: string): boolean => name !== '' && !name.includes('${');
