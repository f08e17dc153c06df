/** JSON's tokens; what stands between them is blank. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^"{}[\],:\s]+/g;
const EMPTY = /^(?:\{\}|\[\])/;

/** Minified JSON text as Python's `json.dumps(…, indent=4)` lays it out; numbers and escapes keep their spelling. */
export function indentJson(json: string, width = 4): string {
  let text = '';
  let depth = 0;
  const breakLine = (): string => `\n${' '.repeat(depth * width)}`;
  for (let match = TOKEN.exec(json); match; match = TOKEN.exec(json)) {
    const [token] = match;
    if (token === '{' || token === '[') {
      const empty = EMPTY.exec(json.slice(match.index, match.index + 2));
      if (empty) {
        text += empty[0];
        TOKEN.lastIndex += 1;
      } else {
        depth += 1;
        text += token + breakLine();
      }
    } else if (token === '}' || token === ']') {
      depth -= 1;
      text += breakLine() + token;
    } else if (token === ',') text += token + breakLine();
    else text += token === ':' ? ': ' : token;
  }
  return text;
}

/** The way back: the same tokens without anything between them. */
export const minifyJson = (json: string): string => (json.match(TOKEN) ?? []).join('');
