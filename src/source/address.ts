import { FernlakeError } from '../domain/errors.js';

/** The source's address, in the two forms that are needed: one to ask with, one to show. */
export interface Address {
  readonly url: URL;
  /** Origin and path: no user name, no password, no query. */
  readonly shown: string;
  /** What of the URL must appear in no message, should a server echo it. */
  readonly secrets: readonly string[];
}

/** Too short to be a secret, and to redact it would maul every message. */
const SECRET_CHARS_MIN = 3;

/** Throws FernlakeError `Configuration` (terminal) for anything but an http or https URL. Never echoes the text. */
export function parseAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      'the source URL is not an http or https URL; it should look like https://host/api/data/log',
    );
  }
  const parts = [url.username, url.password, ...url.searchParams.values()];
  const secrets = parts.flatMap((part) => [part, safeDecode(part), encodeURIComponent(part)]);
  return {
    url,
    shown: `${url.origin}${url.pathname}`,
    secrets: [...new Set(secrets)].filter((secret) => secret.length >= SECRET_CHARS_MIN),
  };
}

function safeDecode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone percent sign: then the part stands for itself
  }
}
