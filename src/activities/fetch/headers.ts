import { validateHeaderName, validateHeaderValue } from 'node:http';
import { FernlakeError } from '../../errors.js';

/** Headers that the HTTP client sets itself; another value breaks the connection. */
const OF_THE_CONNECTION = new Set(['connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect']);

/**
 * Headers under names in small letters, which is how HTTP compares them.
 * Throws FernlakeError `Configuration` for one that HTTP cannot carry; never shows a value.
 */
export function headersOf(given: Readonly<Record<string, string>>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [spelling, value] of Object.entries(given)) {
    const name = spelling.toLowerCase();
    const fault = name in headers ? 'is given twice' : faultOf(name, value);
    if (fault !== undefined)
      throw new FernlakeError('Configuration', 'terminal', `the header ${shown(name)} ${fault}`);
    headers[name] = value;
  }
  return headers;
}

function faultOf(name: string, value: string): string | undefined {
  if (OF_THE_CONNECTION.has(name)) return 'is set by the connection itself: leave it out';
  try {
    validateHeaderName(name);
  } catch {
    return 'has a name that HTTP does not allow: it may hold letters, digits and -';
  }
  try {
    validateHeaderValue(name, value);
  } catch {
    return 'has a value that HTTP cannot carry: is there a line break in it, or at its end?';
  }
  return undefined;
}

/** A name that looks odd is not shown: it may be a value in the wrong place. */
const shown = (name: string): string =>
  /^[a-z][a-z-]{0,39}$/.test(name) ? name : `of ${name.length} characters`;
