import type { Buffer } from 'node:buffer';

/** Where an answer seems to name its next page. */
export interface NextPage {
  readonly path: string;
}

const NAMES =
  /^(next|next_?(cursor|page|token|page_?token|url|link)|cursor|continuation(_?token)?|page_?token|scroll_?id)$/i;
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const DEPTH_MAX = 3;

/** A text, a number or null beside the array, by a name that APIs have for the next page. */
export function guessNext(text: Buffer, array: readonly string[]): NextPage | undefined {
  if (array.length === 0) return undefined;
  try {
    return nextIn(JSON.parse(text.toString('utf8')), []);
  } catch {
    return undefined;
  }
}

function nextIn(value: unknown, path: readonly string[]): NextPage | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || path.length === DEPTH_MAX)
    return undefined;
  const entries = Object.entries(value as Readonly<Record<string, unknown>>).filter(([name]) =>
    PLAIN.test(name),
  );
  const own = entries.find(
    ([name, inner]) =>
      NAMES.test(name) && (inner === null || typeof inner === 'string' || typeof inner === 'number'),
  );
  if (own) return { path: [...path, own[0]].join('.') };
  for (const [name, inner] of entries) {
    const below = nextIn(inner, [...path, name]);
    if (below) return below;
  }
  return undefined;
}
