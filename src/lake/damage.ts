import { FernlakeError, isFernlakeError } from '../errors.js';
import { type Damaged, damaged, type Unread } from './outcome.js';

/** The error for a caller that cannot go on without the object. */
export function lakeCorrupt(unread: Unread, cause?: unknown): FernlakeError {
  const { key } = unread;
  const what = unread.kind === 'gone' ? 'is gone' : `is damaged: ${unread.why}`;
  return new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} ${what}. Restore it from a copy (npx fernlake copy) or rebuild it (npx fernlake reprocess)`,
    { details: { key, ...(unread.kind === 'gone' ? { why: null } : whyAndEtag(unread)) }, cause },
  );
}

const whyAndEtag = ({ why, etag }: Damaged): { why: string; etag?: string } =>
  etag === undefined ? { why } : { why, etag };

/** The damage that an error tells of; undefined where it tells of something else. */
export function damageIn(error: unknown): Damaged | undefined {
  if (!isFernlakeError(error, 'LakeCorrupt')) return undefined;
  const { key, why, etag } = error.details;
  if (typeof key !== 'string' || typeof why !== 'string') return undefined;
  return damaged(key, why, typeof etag === 'string' ? etag : undefined);
}

const figure = (bytes: number): string => bytes.toLocaleString('en-US');

/** Of one that is small until it is unpacked. */
export const unpacksToTooMuch = (bytesMax: number): string =>
  `it unpacks to more than ${figure(bytesMax)} bytes, and fernlake writes no such object`;

/** Of one with a line that nobody could hold. */
export const hasTooLongLine = (bytesMax: number): string =>
  `it has a line of more than ${figure(bytesMax)} bytes, and fernlake writes none`;
