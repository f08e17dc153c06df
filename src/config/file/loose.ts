import { type Path } from './place.js';

/** The same, any part of which may be missing. */
export type Loose<T> = T extends object ? { readonly [K in keyof T]?: Loose<T[K]> | undefined } : T;

/** The value with undefined in the place of what is wrong, so that the rest can be looked at; the names stay, or are put there. */
export function without<T>(value: unknown, wrong: readonly Path[]): Loose<T> {
  const copy = structuredClone(value);
  for (const path of wrong) {
    const parent = path.slice(0, -1).reduce<unknown>((at, step) => inner(at, step), copy);
    const last = path.at(-1);
    if (isObject(parent) && last !== undefined) Reflect.set(parent, last, undefined);
  }
  return copy as Loose<T>;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const inner = (value: unknown, step: string | number): unknown =>
  isObject(value) ? (Reflect.get(value, step) as unknown) : undefined;
