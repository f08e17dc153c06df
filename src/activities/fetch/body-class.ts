import { Buffer, isUtf8 } from 'node:buffer';

/** How far into a body is looked to tell what it is. */
const LOOKED_AT_BYTES = 4_096;
const KEYS_MAX = 8;
/** Looks like the name of a field, so it may be shown. Anything else may be content. */
export const FIELD_NAME = /^[A-Za-z_][A-Za-z_.-]{0,23}$/;
/** A body up to this size is parsed to tell its keys. */
const PARSED_BYTES_MAX = 64 * 1024;

/** Of what kind a body is, in words and without a letter of its text but for the names of fields: "an HTML page of 166 bytes". */
export function classOfBody(body: Uint8Array): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length === 0) return 'an empty body';
  return `${kindOf(bytes)} of ${bytes.length} bytes`;
}

function kindOf(bytes: Buffer): string {
  const start = bytes.subarray(0, LOOKED_AT_BYTES);
  if (start[0] === 0x1f && start[1] === 0x8b) return 'a gzip stream that does not unpack';
  const text = start
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (text === '') return 'white space';
  if (isHtml(text)) return 'an HTML page';
  if (text.startsWith('<')) return 'an XML document';
  return jsonKind(bytes) ?? textKind(start, text);
}

/** A title is of XML, too: of a feed, for one. */
export const isHtml = (text: string): boolean =>
  /^<(!doctype\s+html|html|head|body)\b/i.test(text) ||
  /<(html|body)[\s>]/i.test(text) ||
  (!/^<(\?xml|rss|feed)\b/i.test(text) && /<title[\s>]/i.test(text));

/** undefined for what is no JSON. */
function jsonKind(bytes: Buffer): string | undefined {
  if (bytes.length > PARSED_BYTES_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (value === null) return 'JSON null';
  if (Array.isArray(value)) return `a JSON array of ${value.length} elements`;
  if (typeof value !== 'object') return `a JSON ${typeof value}`;
  return `a JSON object ${keysOf(value)}`;
}

/** `with the keys error, message`; names that may be content are counted. */
export const keysOf = (value: object): string => keysNamed(Object.keys(value));

/** The same of names alone. */
export function keysNamed(keys: readonly string[]): string {
  const named = keys.filter((key) => FIELD_NAME.test(key)).slice(0, KEYS_MAX);
  const others = keys.length - named.length;
  if (keys.length === 0) return 'without keys';
  if (named.length === 0) return `with ${others} keys`;
  return `with the key${keys.length === 1 ? '' : 's'} ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

function textKind(start: Buffer, text: string): string {
  if (text.startsWith('[')) return 'the beginning of a JSON array, or something like it,';
  if (text.startsWith('{')) return 'JSON objects or something like them, without an array around,';
  // A character may be cut where the look ends.
  return isUtf8(start) || start.length === LOOKED_AT_BYTES
    ? 'text that is not JSON'
    : 'bytes that are no text';
}
