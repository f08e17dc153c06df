import type { Hour } from '../dataset/hour.js';
import type { Ref } from './ref.js';

/** A staged part and where it goes. `gzip` packs the parts of a manifest, `upload` puts them in place. */
export type Part = SegmentPart | QuarantinePart | ObjectPart | ParquetPart;

export interface SegmentPart {
  readonly kind: 'segment';
  readonly ref: Ref;
  readonly hour: Hour;
  /** With `n`, the segment's name. A name that is taken by other bytes is never overwritten: the next n is. */
  readonly slot: string;
  readonly n: number;
}

export interface QuarantinePart {
  readonly kind: 'quarantine';
  readonly ref: Ref;
  readonly raw: string;
}

export interface ObjectPart {
  readonly kind: 'object';
  readonly ref: Ref;
  readonly hour: Hour;
  /** The object that this one replaces; null for an hour's first. */
  readonly replaces: string | null;
  /** What a reader of the object must find first and last in it. */
  readonly holds?: { readonly firstId: number; readonly lastId: number };
}

/** The object's rows once more, packed as Parquet. */
export interface ParquetPart {
  readonly kind: 'parquet';
  readonly ref: Ref;
  readonly hour: Hour;
  readonly replaces: string | null;
}

export interface Manifest {
  readonly parts: readonly Part[];
}

/** Throws SyntaxError for what is no manifest. */
export function decodeManifest(text: string): Manifest {
  const value = JSON.parse(text) as Manifest;
  if (!Array.isArray(value.parts)) throw new SyntaxError('not a manifest');
  return value;
}
