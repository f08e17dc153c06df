const EXCERPT_CHARS_MAX = 80;
/** How far into a body its title or first words are looked for. */
const LOOKED_AT_CHARS = 16_384;
/** A run this long of base64 or base64url is taken for a token, a key or a user's id. */
const TOKEN_LIKE = /[A-Za-z0-9_\-+/=]{20,}/g;
const NOT_PRINTABLE = /[^\p{L}\p{N}\p{P}\p{S} ]+/gu;

/**
 * A few words of an answer for an error message: the HTML title or the first 80 printable characters, without anything
 * that looks like a token, without query strings, without the given secrets. Empty when there is nothing to say or when
 * the body begins like an array of records.
 */
export function safeExcerpt(body: Uint8Array, secrets: readonly string[]): string {
  const text = Buffer.from(
    body.buffer,
    body.byteOffset,
    Math.min(body.byteLength, LOOKED_AT_CHARS),
  ).toString();
  if (text.trimStart().startsWith('[')) return '';
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  // Redaction comes before the cut: a token cut short would no longer look like one.
  const words = redact(title ?? withoutTags(text), secrets)
    .replace(NOT_PRINTABLE, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const letters = [...words];
  return letters.length <= EXCERPT_CHARS_MAX ? words : `${letters.slice(0, EXCERPT_CHARS_MAX - 1).join('')}…`;
}

/** The text without token-like runs, query strings and the given secrets. */
export function redact(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
  return known.replace(/\?[^\s"'<>]+/g, '?[redacted]').replace(TOKEN_LIKE, '[redacted]');
}

function withoutTags(text: string): string {
  return /^\s*</.test(text) ? text.replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>?/gi, ' ') : text;
}
