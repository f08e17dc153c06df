import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readLiteralText } from '../../src/dataset/literal.js';
import { literalText, mangled, plainText } from './literal-arbitraries.js';
import { runPython } from '../support/python.js';

const REPR = `
import json, sys
print(json.dumps([repr(value) for value in json.load(sys.stdin)]))
`;

/**
 * Reads each text as Python would, JSON first; says what it is, and whether our JSON means the same, with types, order
 * of keys and all. Python's own True == 1 == 1.0 is not good enough.
 */
const JUDGE = `
import ast, json, sys
def same(a, b):
    if type(a) is not type(b): return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b
def read(text):
    try:
        value = json.loads(text)
        if isinstance(value, dict): return value
    except ValueError: pass
    return ast.literal_eval(text)
def judge(text, ours):
    try: value = read(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError): return 'no literal'
    if ours is None: return 'a dict' if isinstance(value, dict) else 'no dict'
    return 'same' if same(value, json.loads(ours)) else 'other'
print(json.dumps([judge(*pair) for pair in json.load(sys.stdin)]))
`;

function oursOf(text: string): string | null {
  const result = readLiteralText(text);
  if (!result.ok) return null;
  return `{${result.fields.map(({ name, json }) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

const count = <T>(items: readonly T[], of: T): number => items.filter((item) => item === of).length;

describe("reading a plaintext, against Python's own reader", () => {
  it('accepts the repr of every JSON-like dict, with the same value', function () {
    const object = fc.dictionary(
      fc.string({ unit: 'grapheme' }),
      fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }),
    );
    const values = fc
      .sample(object, 1500)
      .filter((value) => !/\\u0{4}|[A-Z]/.test(JSON.stringify(Object.keys(value))));
    const texts = runPython(this, REPR, values) as string[];
    // Keys that differ by case are refused by rule; everything else has to be accepted.
    const byRule = new Set(['ambiguous-field']);
    const pairs = texts.map((text) => [text, oursOf(text)] as const);
    for (const [text, ours] of pairs) {
      const result = readLiteralText(text);
      assert.ok(ours !== null || (!result.ok && byRule.has(result.reason)), text);
    }
    const accepted = pairs.filter(([, ours]) => ours !== null);
    assert.ok(accepted.length > 1000, `only ${accepted.length} of ${pairs.length} were accepted`);
    assert.equal(count(runPython(this, JUDGE, accepted) as string[], 'same'), accepted.length);
  });

  it('accepts nothing that Python refuses or reads otherwise, over spellings of all kinds', function () {
    const texts = fc.sample(literalText, 4000);
    judgeAll(this, texts, 0.1);
  });

  it('accepts nothing that Python refuses or reads otherwise, over mangled texts', function () {
    const texts = fc.sample(mangled(fc.oneof(literalText, plainText)), 12_000);
    judgeAll(this, texts, 0.03);
  });
});

/** `shareMin` of the texts must be accepted, or the test would say nothing. */
function judgeAll(context: Mocha.Context, texts: readonly string[], shareMin: number): void {
  const pairs = texts.map((text) => [text, oursOf(text)] as const);
  const verdicts = runPython(context, JUDGE, pairs) as string[];
  pairs.forEach(([text, ours], i) => {
    if (ours !== null) assert.equal(verdicts[i], 'same', `${JSON.stringify(text)} became ${ours}`);
  });
  const accepted = count(verdicts, 'same');
  assert.ok(accepted >= texts.length * shareMin, `only ${accepted} of ${texts.length} were accepted`);
  assert.ok(count(verdicts, 'no literal') > 0, 'Python refused none of them');
}
