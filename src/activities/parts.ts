import type { Hour } from '../dataset/hour.js';
import type { RecordId } from '../dataset/record-id.js';
import type { Ref } from './ref.js';

/** What `gzip` packs and `upload` puts in place: all that a batch leaves (partition/bundle.ts), or the rows of a seal. */
export type Parts = { readonly bundle: Ref } | { readonly rows: readonly RowsPart[] };

export type RowsPart = ObjectPart | ParquetPart;

/** An hour's rows, staged, as its object. */
export interface ObjectPart {
  readonly kind: 'object';
  readonly ref: Ref;
  readonly hour: Hour;
  /** The object that this one replaces; null for an hour's first. */
  readonly replaces: string | null;
  /** What a reader of the object must find first and last in it, as `idMark` has it. */
  readonly holds: { readonly firstId: RecordId; readonly lastId: RecordId };
}

/** The same rows once more, packed as Parquet. */
export interface ParquetPart {
  readonly kind: 'parquet';
  readonly ref: Ref;
  readonly hour: Hour;
  readonly replaces: string | null;
}
