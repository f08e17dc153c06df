import { FernlakeError } from '../errors.js';

/**
 * Throws `LakeCorrupt` for an object of more bytes than its reader takes, before any of it is read: it is not what
 * fernlake writes there.
 */
export function assertHoldable(
  { key, bytes, etag }: { readonly key: string; readonly bytes: number; readonly etag: string },
  bytesMax: number,
): void {
  if (bytes <= bytesMax) return;
  const why = `it has ${figure(bytes)} bytes, and fernlake writes no such object of more than ${figure(bytesMax)}`;
  throw new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `${key} is damaged: ${why}. Restore it from a copy (npx fernlake copy) or rebuild it (npx fernlake reprocess)`,
    { details: { key, why, etag } },
  );
}

const figure = (bytes: number): string => bytes.toLocaleString('en-US');
