import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeOf } from '../../src/bytes/json-path.js';

const valueAt = (text: string, path: string[]): string | undefined => {
  const bytes = Buffer.from(text);
  const place = placeOf(bytes, path);
  return place && bytes.toString('utf8', ...place);
};

describe('the place of a value in a JSON text', () => {
  it('is found by the names that lead to it, without the blanks around it', () => {
    const text = ' { "a" : 1.50 , "data":{"x":"}]","items" :\n [ 1, {"items":2} ] }, "z":null } ';
    assert.equal(valueAt(text, ['data', 'items']), '[ 1, {"items":2} ]');
    assert.equal(valueAt(text, ['a']), '1.50');
    assert.equal(valueAt(text, ['z']), 'null');
    assert.equal(valueAt(text, []), text.trim());
    for (const path of [['items'], ['data', 'y'], ['a', 'b'], ['data', 'items', 'items']])
      assert.equal(valueAt(text, path), undefined);
  });

  it('is that of the last of one name, and of a name in any spelling', () => {
    assert.equal(valueAt('{"a":1,"a":2}', ['a']), '2');
    assert.equal(valueAt(String.raw`{"\u0061\"":1}`, ['a"']), '1');
    assert.equal(valueAt('{"ü":[1]}', ['ü']), '[1]');
  });

  it('is found in a text that is cut off, or is no JSON elsewhere', () => {
    assert.equal(valueAt('{"t":NaN,"items":[{"a":1},{"b', ['items']), '[{"a":1},{"b');
    assert.equal(valueAt('{"items":[1] behind, "x":2}', ['items']), '[1] behind');
    for (const text of ['', '{', '{"', '{"items"', '{"items":', '[]', '{x:1}'])
      assert.equal(valueAt(text, ['items']) ?? '', '');
  });

  it('holds what JSON.parse finds there, whatever the object', () => {
    const key = fc.constantFrom('a', 'b', 'a"b', 'ü', '', '\\', '__proto__', 'x,y', '}');
    const object = fc.dictionary(key, fc.jsonValue(), { maxKeys: 6 });
    fc.assert(
      fc.property(
        fc.dictionary(key, object, { maxKeys: 4 }),
        key,
        key,
        fc.boolean(),
        (value, one, two, spaced) => {
          const text = JSON.stringify(value, null, spaced ? 2 : 0);
          const outer = JSON.parse(text) as Record<string, Record<string, unknown>>;
          const inner = Object.hasOwn(outer, one) ? outer[one] : undefined;
          const expected = inner && Object.hasOwn(inner, two) ? JSON.stringify(inner[two]) : undefined;
          const found = valueAt(text, [one, two]);
          assert.equal(found === undefined ? undefined : JSON.stringify(JSON.parse(found)), expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
