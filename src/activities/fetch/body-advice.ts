import type { Buffer } from 'node:buffer';
import { FIELD_NAME, isHtml } from './body-class.js';

/** How deep in an object its array is looked for: `data.items`, not more. */
const DEPTH_MAX = 3;
const START_BYTES = 4_096;
const SAID_OF_ERRORS = /^(errors?|error_?(code|message|description)|message|msg|detail|title|reason|fault)$/i;

const NO_RECORDS = 'an API without records answers []';
const WRONG_URL = 'look whether the source URL is that of the log API';
const CUT = 'it was packed wrongly, or cut off on the way';
const ALONE = 'have the API, or a service in between, answer with the array alone';

/** What a body that is no array of records usually is, and what to do about it, without a letter of its content but names of fields. */
export function adviceOnBody(text: Buffer): string {
  const start = text
    .toString('utf8', 0, START_BYTES)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (start.startsWith('<')) {
    return isHtml(start)
      ? 'a page for people, as a login, a proxy or a server under maintenance shows it; open the source URL in a browser, and check its path and credentials'
      : 'look in the docs of the API for how to ask it for JSON, and set the source URL so';
  }
  const value = parsed(text);
  if (value !== undefined) return adviceOnValue(value);
  if (start.startsWith('{')) return adviceOnLines(start);
  if (/^\[\s*\{\s*'/.test(start))
    return "it is in Python's spelling: have the API send json.dumps(records), not str(records)";
  if (/^[\w$.]+\(\s*[[{]/.test(start))
    return 'it is a call in JavaScript (JSONP): leave the callback out of the parameters in the source URL';
  return text[0] === 0x1f && text[1] === 0x8b ? CUT : WRONG_URL;
}

function parsed(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return undefined;
  }
}

function adviceOnValue(value: unknown): string {
  if (value === null) return NO_RECORDS;
  if (typeof value === 'string' && /^\s*[[{]/.test(value))
    return 'it is JSON within a JSON text, encoded twice: have the API encode it once';
  if (typeof value !== 'object') return WRONG_URL;
  const keys = Object.keys(value);
  if (keys.length === 0) return NO_RECORDS;
  if ('recordId' in value && 'data' in value)
    return 'it is one record without an array around it: have the API answer [ … ], also for one';
  const found = arrayIn(value);
  if (found !== undefined)
    return `its array is in ${found.path} (${found.length} elements), and fernlake reads an answer that is the array: ${ALONE}`;
  if (keys.some((key) => SAID_OF_ERRORS.test(key)))
    return 'it looks like the word of the API on an error: ask it with curl, and read what it says';
  return `no array of records is in it: check the source URL, or ${ALONE}`;
}

/** The longest array within, by the names of the fields that lead to it; undefined where a name may be content. */
function arrayIn(value: object, depth = 1): { readonly path: string; readonly length: number } | undefined {
  let longest: { readonly path: string; readonly length: number } | undefined;
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    if (!FIELD_NAME.test(key) || typeof inner !== 'object' || inner === null) continue;
    const below = Array.isArray(inner)
      ? { path: key, length: inner.length }
      : depth < DEPTH_MAX
        ? under(key, arrayIn(inner, depth + 1))
        : undefined;
    if (below && (longest === undefined || below.length > longest.length)) longest = below;
  }
  return longest;
}

const under = (key: string, found: ReturnType<typeof arrayIn>): ReturnType<typeof arrayIn> =>
  found && { ...found, path: `${key}.${found.path}` };

function adviceOnLines(start: string): string {
  const [first = ''] = start.split('\n', 1);
  try {
    JSON.parse(first);
    return `it is one JSON object a line (NDJSON): ${ALONE}`;
  } catch {
    return 'it looks like an object that is cut off or in another spelling; ask the API with curl, and look';
  }
}
