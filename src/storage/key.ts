import { FernlakeError } from '../errors.js';

/** A folder's temporary files and claims live here; it is no part of the lake, in a bucket no more than in a folder. */
export const SCRATCH = '.tmp';

/** What passes between two activities stands under it: it may be lost at any time, and is computed again. */
export const STAGING = 'staging/';

/** S3's limit on a key, the lake's own prefix included. */
const KEY_BYTES_MAX = 1024;
/** NAME_MAX of every common file system. Held in a bucket, too, so that every lake can be copied into a folder. */
const NAME_BYTES_MAX = 255;
/** Not characters in XML 1.0, in which S3 lists, or not characters at all. */
const UNLISTABLE = /\p{Cc}|\p{Surrogate}|[\ufffe\uffff]/u;
const SURROGATES_AND_BEYOND = /[\ud800-\uffff]/;

/** Throws `StorageKey` for a key that not every lake can hold. */
export function checkKey(key: string, lake: string): void {
  const fault = faultOf(key);
  if (fault === undefined) return;
  throw new FernlakeError(
    'StorageKey',
    'terminal',
    `${JSON.stringify(key)} cannot be a key of the lake ${lake}: ${fault}`,
    { details: { key, lake } },
  );
}

function faultOf(key: string): string | undefined {
  const names = key.split('/');
  if (key === '') return 'it is empty';
  if (names.includes('')) return 'it has an empty part (a slash at its start or end, or two in a row)';
  if (names.includes('.') || names.includes('..')) return 'it has a part "." or ".."';
  if (names[0] === SCRATCH) return `${SCRATCH} is kept for temporary files`;
  if (UNLISTABLE.test(key)) return 'it has a control character or half a character';
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) return `it is longer than ${KEY_BYTES_MAX} bytes`;
  if (names.some((name) => Buffer.byteLength(name) > NAME_BYTES_MAX)) {
    return `a part of it is longer than ${NAME_BYTES_MAX} bytes`;
  }
  return undefined;
}

/** Sorts by `compareKeys`, in place. Thousands of plain keys are not looked through at every comparison. */
export const sortKeys = (keys: string[]): string[] =>
  keys.some((key) => SURROGATES_AND_BEYOND.test(key)) ? keys.sort(compareKeys) : keys.sort();

/** As S3 lists: by UTF-8 bytes. JavaScript compares UTF-16 units, which differs only from the surrogates on. */
export function compareKeys(a: string, b: string): number {
  if (SURROGATES_AND_BEYOND.test(a) && SURROGATES_AND_BEYOND.test(b)) {
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  return a === b ? 0 : a < b ? -1 : 1;
}
