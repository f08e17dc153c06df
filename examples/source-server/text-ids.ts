import { createHash } from 'node:crypto';
import type { Series } from './series.js';

/**
 * What a record is called where ids are text: `digits` of the number, `snowflake` digits beyond 2^53, `ulid` and `uuid7` in the order of
 * arrival, `uuid4` in none.
 */
export const ID_KINDS = ['integer', 'digits', 'snowflake', 'ulid', 'uuid7', 'uuid4'] as const;
export type IdKind = (typeof ID_KINDS)[number];

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_LENGTH = 26;
const SNOWFLAKE_BASE = 2n ** 62n;

/** The id of record number `index`, which depends on the series alone. */
export function shownId(series: Series, kind: IdKind, index: number): number | string {
  const id = series.idOf(index);
  switch (kind) {
    case 'integer':
      return id;
    case 'digits':
      return String(id);
    case 'snowflake':
      return String(SNOWFLAKE_BASE + BigInt(id));
    case 'ulid':
      return ulid((arrivalOf(series, index) << 80n) | (counterOf(index) << 64n) | chanceOf(series, index));
    case 'uuid7':
      return uuid(
        (arrivalOf(series, index) << 80n) | (counterOf(index) << 64n) | chanceOf(series, index),
        7n,
      );
    case 'uuid4':
      return uuid((chanceOf(series, index) << 64n) | chanceOf(series, -1 - index), 4n);
  }
}

/** The number of the record that is called so, among those up to `newest`; undefined: none is. */
export function indexOfShown(series: Series, kind: IdKind, id: string, newest: number): number | undefined {
  for (let index = newest; index >= 0; index--) if (String(shownId(series, kind, index)) === id) return index;
  return undefined;
}

/** Milliseconds since 1970 at which the record came. */
const arrivalOf = (series: Series, index: number): bigint =>
  BigInt(Math.floor(series.options.anchorMs + series.dueMs(index)));

/** Keeps the records of one millisecond in order (RFC 9562, 6.2). */
const counterOf = (index: number): bigint => BigInt(index % 4096);

const chanceOf = (series: Series, index: number): bigint =>
  createHash('sha256').update(`id ${index} of ${series.options.seed}`).digest().readBigUInt64BE();

function ulid(bits: bigint): string {
  let text = '';
  for (let rest = bits; text.length < ULID_LENGTH; rest >>= 5n) text = CROCKFORD[Number(rest & 31n)] + text;
  return text;
}

/** RFC 9562, 4. */
function uuid(bits: bigint, version: bigint): string {
  const versioned = (bits & ~(0xfn << 76n)) | (version << 76n);
  const hex = ((versioned & ~(0x3n << 62n)) | (0x2n << 62n)).toString(16).padStart(32, '0');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
