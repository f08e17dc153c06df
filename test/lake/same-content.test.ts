import assert from 'node:assert/strict';
import fc from 'fast-check';
import { sameContent, samePieceContent } from '../../src/lake/same-content.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** As JSON.stringify spells it, the keys of each object in the order that `order` gives. */
function spell(value: Json, order: (keys: string[]) => string[]): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => spell(one, order)).join(',')}]`;
  const fields = value as Readonly<Record<string, Json>>;
  return `{${order(Object.keys(fields))
    .map((key) => `${JSON.stringify(key)}:${spell(fields[key]!, order)}`)
    .join(',')}}`;
}

const asTheyAre = (keys: string[]): string[] => keys;
const backwards = (keys: string[]): string[] => keys.reverse();
const record = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>, {
  noNullPrototype: true,
});

describe('two rows have the same content', () => {
  it('whatever the order of their keys, at any depth', () => {
    fc.assert(
      fc.property(record, (value) => {
        const [a, b] = [spell(value, asTheyAre), spell(value, backwards)];
        assert.ok(sameContent(a, b));
        const bytes = Buffer.from(`${a}\n${b}`);
        const split = Buffer.byteLength(a);
        const [first, second] = [
          { bytes, from: 0, end: split },
          { bytes, from: split + 1, end: bytes.length },
        ];
        assert.ok(samePieceContent(first, second));
      }),
    );
  });

  it('only if they say the same', () => {
    fc.assert(
      fc.property(record, record, (one, other) => {
        const same = spell(one, (keys) => keys.sort()) === spell(other, (keys) => keys.sort());
        assert.equal(sameContent(spell(one, asTheyAre), spell(other, backwards)), same);
      }),
    );
  });

  it('not where a number is spelt otherwise, a list is in another order, or a text looks like a number', () => {
    for (const [a, b] of [
      ['{"a":1.0,"b":1}', '{"b":1.0,"a":1}'],
      ['{"a":[1,2]}', '{"a":[2,1]}'],
      ['{"a":"1","b":10}', '{"b":1,"a":"10"}'],
      ['{"a":"number 1"}', '{"a":"text 1 \\" "}'],
      ['{"a":0.1}', '{"a":1e1}'],
      ['{"a":true,"b":null}', '{"a":null,"b":true}'],
      ['{"a":{"b":1}}', '{"b":{"a":1}}'],
    ] as const)
      assert.equal(sameContent(a, b), false, `${a} ${b}`);
  });

  it('with quotes, back-slashes, and names of JavaScript in them', () => {
    const a = '{"a":"\\"1\\\\","__proto__":{"x":1,"constructor":2}}';
    assert.ok(sameContent(a, '{"__proto__":{"constructor":2,"x":1},"a":"\\"1\\\\"}'));
    assert.ok(!sameContent(a, '{"__proto__":{"constructor":1,"x":2},"a":"\\"1\\\\"}'));
  });
});
