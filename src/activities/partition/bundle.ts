import { Buffer } from 'node:buffer';
import { LINE_FEED } from '../../bytes/ascii.js';
import type { Hour } from '../../dataset/hour.js';

/**
 * All that a batch leaves, as one staged blob: a line of JSON that names the parts, `[{…,"size"},…]`, then their bytes end to end.
 * `partition` writes it, `gzip` packs its segments, `upload` puts each part in place.
 */
export type Part = SegmentPart | QuarantinePart;

export interface SegmentPart {
  readonly kind: 'segment';
  readonly hour: Hour;
  /** With `n`, the segment's name. A name that is taken by other bytes is never overwritten: the next n is. */
  readonly slot: string;
  readonly n: number;
  readonly bytes: Buffer;
}

/**
 * The refused elements of an answer, with their envelopes. It is packed at the upload, together with what is
 * in quarantine already.
 */
export interface QuarantinePart {
  readonly kind: 'quarantine';
  readonly raw: string;
  readonly bytes: Buffer;
}

export function encodeBundle(parts: readonly Part[]): Buffer {
  const heads = parts.map(({ bytes, ...head }) => ({ ...head, size: bytes.length }));
  return Buffer.concat([Buffer.from(`${JSON.stringify(heads)}\n`), ...parts.map(({ bytes }) => bytes)]);
}

/** The bytes are views. Throws SyntaxError for what is no bundle. */
export function decodeBundle(blob: Buffer): Part[] {
  const headEnd = blob.indexOf(LINE_FEED);
  const heads = JSON.parse(blob.toString('utf8', 0, headEnd)) as (Omit<Part, 'bytes'> & { size: number })[];
  let at = headEnd + 1;
  return heads.map(({ size, ...head }) => ({ ...head, bytes: blob.subarray(at, (at += size)) }) as Part);
}
