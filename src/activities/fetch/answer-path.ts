import { FIELD_NAME, keysOf } from './body-class.js';

/** The array to which these names of fields lead, `null` being one without elements (Go writes it so); or why there is none, without content. */
export function walk(
  value: unknown,
  path: readonly string[],
): { readonly elements: readonly unknown[] } | { readonly fault: string } {
  let at = value;
  for (const [depth, name] of path.entries()) {
    if (!isObject(at)) return { fault: `whose ${within(path, depth)} is ${kindOf(at)}` };
    if (!Object.hasOwn(at, name)) return { fault: missing(at, path, depth) };
    at = at[name];
  }
  const elements = at === null ? [] : at;
  return Array.isArray(elements)
    ? { elements }
    : { fault: `whose ${path.join('.') || 'outermost value'} is ${kindOf(at)}` };
}

function missing(at: object, path: readonly string[], depth: number): string {
  const has = depth === 0 ? '' : ` (${within(path, depth)} is an object ${keysOf(at)})`;
  return `in which ${path.join('.')} is not there${has}`;
}

const within = (path: readonly string[], depth: number): string =>
  depth === 0 ? 'outermost value' : path.slice(0, depth).join('.');

type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return `an object ${keysOf(value)}`;
  return typeof value === 'string' ? 'text' : `a ${typeof value}`;
}

/** How deep in an object its array is looked for: `data.items`, not more. */
const DEPTH_MAX = 3;

/** The longest array within, by the names of the fields that lead to it; undefined where a name may be content. */
export function arrayIn(
  value: object,
  depth = 1,
): { readonly path: string; readonly length: number } | undefined {
  let longest: { readonly path: string; readonly length: number } | undefined;
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    if (!FIELD_NAME.test(key) || key.includes('.') || typeof inner !== 'object' || inner === null) continue;
    const below = Array.isArray(inner)
      ? { path: key, length: inner.length }
      : depth < DEPTH_MAX
        ? under(key, arrayIn(inner, depth + 1))
        : undefined;
    if (below && (longest === undefined || below.length > longest.length)) longest = below;
  }
  return longest;
}

const under = (key: string, found: ReturnType<typeof arrayIn>): ReturnType<typeof arrayIn> =>
  found && { ...found, path: `${key}.${found.path}` };
