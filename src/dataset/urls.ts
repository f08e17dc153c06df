import { FernlakeError } from '../errors.js';

/** The `url`s that have a short code: `"1"`, `"2"`, … */
export interface UrlDictionary {
  /** `urls[0]` has the code 1. */
  readonly urls: readonly string[];
  /** The code of a url, or undefined. Where a url stands twice, the first position counts. */
  readonly codes: ReadonlyMap<string, string>;
}

/** The one url of the real source; it has had number 1 from the first row on. */
export const FIRST_URL = '/api/products/product/';

/**
 * Number 1 is always `/api/products/product/`; `urls` (FERNLAKE_URLS) have 2, 3, … in their order. Rows hold the numbers,
 * so a dictionary may only be added to, at its end: neither moved nor shortened.
 */
export function createUrlDictionary(urls: readonly string[]): UrlDictionary {
  const all = [FIRST_URL, ...urls];
  const codes = new Map<string, string>();
  all.forEach((url, index) => {
    if (!codes.has(url)) codes.set(url, String(index + 1));
  });
  return { urls: all, codes };
}

/** The url of a code. Throws `Configuration` for a number that the dictionary does not have. */
export function urlOfCode(code: string, dictionary: UrlDictionary): string {
  const url = /^[1-9][0-9]{0,8}$/.test(code) ? dictionary.urls[Number(code) - 1] : undefined;
  if (url === undefined) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `a row names a url by a code that the dictionary of ${dictionary.urls.length} does not have: ` +
        'FERNLAKE_URLS must hold the same urls, in the same order, as when the row was written',
    );
  }
  return url;
}
