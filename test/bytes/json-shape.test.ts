import assert from 'node:assert/strict';
import fc from 'fast-check';
import { measureJson } from '../../src/bytes/json-shape.js';

const measure = (text: string): ReturnType<typeof measureJson> => measureJson(Buffer.from(text));

describe('the measure of a JSON text', () => {
  it('counts the elements of the outer array, not what is inside', () => {
    assert.equal(measure('[{"a":1,"b":[1,2]},{"c":"x,y"}]').elements, 2);
  });

  it('is not misled by brackets and escapes in strings', () => {
    assert.deepEqual(measure(String.raw`["[[[\"[[", "\\", "]"]`), { elements: 3, depth: 1, values: 3 });
  });

  it('comes to an end on a string that does not', () => {
    assert.equal(measure('["abc').depth, 1);
  });

  it('agrees with the parsed value on depth and elements', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (value) => {
        const { elements, depth } = measure(JSON.stringify(value));
        assert.deepEqual({ elements, depth }, { elements: value.length, depth: depthOf(value) });
      }),
    );
  });
});
