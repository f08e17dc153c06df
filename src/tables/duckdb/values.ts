import type { DuckDBValue } from '@duckdb/node-api';

/** A value of a query as JSON can hold it. */
export type PlainValue =
  null | boolean | number | string | readonly PlainValue[] | { readonly [name: string]: PlainValue };

/**
 * Integers become numbers where those are exact, text where not; times become ISO 8601 in UTC; what has no form of its own
 * in JSON becomes DuckDB's text. Told apart by their shape, so that the library need not be loaded for it.
 */
export function plainValue(value: DuckDBValue): PlainValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return plainInteger(value);
  if ('millis' in value) return plainTime(value.millis, 1n, value);
  if ('micros' in value && /Timestamp/.test(value.constructor.name)) {
    return plainTime(value.micros, 1000n, value);
  }
  if ('items' in value) return value.items.map(plainValue);
  if ('entries' in value) return ofEntries(value.entries);
  if ('scale' in value) return Number(value.toString());
  return String(value);
}

const plainInteger = (value: bigint): number | string =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);

/** Beyond the years that ISO 8601 has four digits for, DuckDB's own text. */
function plainTime(count: bigint, perMs: bigint, value: { toString(): string }): string {
  const ms = Number(count / perMs);
  if (count % perMs !== 0n || !(Math.abs(ms) <= 8.64e15)) return value.toString();
  return new Date(ms).toISOString();
}

type Entries = Readonly<Record<string, DuckDBValue>> | readonly MapEntry[];

interface MapEntry {
  readonly key: DuckDBValue;
  readonly value: DuckDBValue;
}

/** Of a struct, which has an object of them, or of a map, which has a list. */
function ofEntries(entries: Entries): PlainValue {
  const isList = (some: Entries): some is readonly MapEntry[] => Array.isArray(some);
  const pairs = isList(entries)
    ? entries.map(({ key, value }) => [textOf(plainValue(key)), plainValue(value)] as const)
    : Object.entries(entries).map(([name, value]) => [name, plainValue(value)] as const);
  return Object.fromEntries(pairs);
}

/** For a cell: text as it is, everything else as JSON; nothing for NULL. */
export function textOf(value: PlainValue | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
