/** JSON's tokens; what stands between them in minified text is nothing. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:\s]+/g;
const NAMES: Readonly<Record<string, string>> = {
  true: 'True',
  false: 'False',
  null: 'None',
  ',': ', ',
  ':': ': ',
};
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
/**
 * What `str.isprintable` says no to: Unicode's "other" and "separator" categories, but for the blank. Python and Node
 * may know different versions of Unicode; a character that only one of them knows is then escaped by that rule.
 */
const ESCAPED = /[\\\p{C}\p{Z}]/gu;
const NEEDS_ESCAPE = /[^ -[\]-~]/;

/** Minified JSON text as Python's `repr` of the same value; numbers keep their spelling. */
export function toPythonRepr(json: string): string {
  return json.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return reprOfString(JSON.parse(token) as string);
    return NAMES[token] ?? token;
  });
}

function reprOfString(text: string): string {
  // Python's rule: double quotes only where they save an escape.
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = NEEDS_ESCAPE.test(text) ? text.replace(ESCAPED, escapeOf) : text;
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function escapeOf(character: string): string {
  if (character === ' ') return character;
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const point = character.codePointAt(0) ?? 0;
  if (point <= 0xff) return `\\x${point.toString(16).padStart(2, '0')}`;
  return point <= 0xffff
    ? `\\u${point.toString(16).padStart(4, '0')}`
    : `\\U${point.toString(16).padStart(8, '0')}`;
}
