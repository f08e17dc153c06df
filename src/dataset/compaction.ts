import { FernlakeError } from '../errors.js';
import { isCanonicalTime, isRealTime } from './instant.js';
import { epochMsOf } from './time-spellings.js';
import type { CompactionDeclaration } from './declaration.js';
import { type Dictionary, dictionaryOf, textOfCode } from './text-dictionary.js';

/** How a row spells a text more shortly. Each has its inverse, so that nothing is lost. */
export type Codec =
  | { readonly kind: 'hex' | 'time' }
  /** `http_method` is a dictionary, too. */
  | { readonly kind: 'dictionary'; readonly dictionary: Dictionary };

/** Stands in front of a text that has no shorter form. No code begins with it. */
const VERBATIM = '=';

/** Position + 1 is the code. */
const METHODS: readonly string[] = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
];

/** The codec that a declaration names. */
export const codecOf = (compact: CompactionDeclaration): Codec =>
  compact === 'hex' || compact === 'time'
    ? { kind: compact }
    : {
        kind: 'dictionary',
        dictionary: dictionaryOf(compact === 'http_method' ? METHODS : compact.dictionary),
      };

const HEX_ID = /^[0-9a-f]{64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** 32 bytes and 16 bytes; the last characters are those whose unused bits are 0. */
const HEX_ID_CODE = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const UUID_CODE = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const TIME_CODE = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3})$/;

/** The compact form of a field's text. */
export function compactText(codec: Codec, text: string): string {
  return codeOf(codec, text) ?? VERBATIM + text;
}

/**
 * The way back. Throws `LakeCorrupt` for what `compactText` cannot have written with this codec, `Configuration` for a
 * code that a declared dictionary does not have; `column` is named then.
 */
export function expandText(codec: Codec, code: string, column: string): string {
  if (code.startsWith(VERBATIM)) return code.slice(VERBATIM.length);
  if (codec.kind === 'time' && localInstantOf(code) !== undefined)
    return code.slice(code.indexOf(VERBATIM) + 1);
  const text =
    codec.kind === 'dictionary' ? textOfCode(code, codec.dictionary) : expandCode(codec.kind, code);
  if (text !== undefined) return text;
  if (codec.kind === 'dictionary' && codec.dictionary.texts !== METHODS)
    throw beyondDictionary(column, codec.dictionary);
  throw new FernlakeError(
    'LakeCorrupt',
    'terminal',
    `a row holds no valid code of kind ${codec.kind} in ${column}`,
  );
}

const beyondDictionary = (column: string, { texts }: Dictionary): FernlakeError =>
  new FernlakeError(
    'Configuration',
    'terminal',
    `a row holds a code in ${column} that its dictionary of ${texts.length} does not have: the dictionary must hold ` +
      'the same texts, in the same order, as when the row was written, and may only grow at its end',
  );

/**
 * The same from JSON text to JSON text. Codes need no escaping, and a verbatim text is escaped already, so
 * JSON.stringify, which would cost more than all the rest, is not called.
 */
export function compactJson(codec: Codec, text: string, json: string): string {
  const code = codeOf(codec, text);
  return code === undefined ? `"${VERBATIM}${json.slice(1)}` : `"${code}"`;
}

/**
 * A local time in JSON text: verbatim, with the instant that the zone made of it in front of its `=`. So the
 * row means the same whatever the zone is set to when it is read.
 */
export const localTimeJson = (epochMs: number, json: string): string =>
  `"${codeOfInstant(epochMs)}${VERBATIM}${json.slice(1)}`;

/** The instant of a landed time, in ms since 1970. Throws `LakeCorrupt` for what is no landed time. */
export function epochMsOfTimeCode(code: string): number {
  const text = code.startsWith(VERBATIM) ? code.slice(VERBATIM.length) : expandCode('time', code);
  const epochMs = localInstantOf(code) ?? (text === undefined ? undefined : epochMsOf(text));
  if (epochMs !== undefined) return epochMs;
  throw new FernlakeError('LakeCorrupt', 'terminal', 'a row holds no time in its field of kind time');
}

/** Of the code of a local time; undefined for any other. */
function localInstantOf(code: string): number | undefined {
  const end = code.indexOf(VERBATIM);
  if (end < 1) return undefined;
  const written = code.slice(0, end);
  const iso = expandCode('time', written) ?? written;
  const isInstant = isCanonicalTime(iso) && isRealTime(iso) && codeOfInstant(Date.parse(iso)) === written;
  return isInstant ? Date.parse(iso) : undefined;
}

/** Its compact form; of another century, as it is. */
function codeOfInstant(epochMs: number): string {
  const iso = new Date(epochMs).toISOString();
  return iso.startsWith('20') ? codeOfTime(iso) : iso;
}

function codeOf(codec: Codec, text: string): string | undefined {
  switch (codec.kind) {
    case 'hex':
      return codeOfHex(text);
    case 'time':
      return isCanonicalTime(text) && text.startsWith('20') && isRealTime(text)
        ? codeOfTime(text)
        : undefined;
    case 'dictionary':
      return codec.dictionary.codes.get(text);
  }
}

function codeOfHex(text: string): string | undefined {
  if (text.length === 64 && HEX_ID.test(text)) return Buffer.from(text, 'hex').toString('base64url');
  if (text.length !== 36 || !UUID.test(text)) return undefined;
  return Buffer.from(text.replaceAll('-', ''), 'hex').toString('base64url');
}

/** `2022-12-05T12:14:00.179Z` -> `221205121400179` */
function codeOfTime(text: string): string {
  const date = text.slice(2, 4) + text.slice(5, 7) + text.slice(8, 10);
  return date + text.slice(11, 13) + text.slice(14, 16) + text.slice(17, 19) + text.slice(20, 23);
}

function expandCode(kind: 'hex' | 'time', code: string): string | undefined {
  if (kind === 'hex') return expandHex(code);
  const time = code.replace(TIME_CODE, '20$1-$2-$3T$4:$5:$6.$7Z');
  return isCanonicalTime(time) && isRealTime(time) ? time : undefined;
}

function expandHex(code: string): string | undefined {
  if (HEX_ID_CODE.test(code)) return Buffer.from(code, 'base64url').toString('hex');
  if (!UUID_CODE.test(code)) return undefined;
  const hex = Buffer.from(code, 'base64url').toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
