import { LIMITS } from '../../limits.js';

/**
 * `Retry-After` in milliseconds from now: seconds or an HTTP date (RFC 9110, 10.2.3), at most LIMITS.retryAfterMsMax.
 * undefined when absent or unreadable; 0 when the date has passed.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim();
  if (text === undefined || text === '') return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : dateMs(text) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), LIMITS.retryAfterMsMax);
}

/** Date.parse alone would take `-5` for a month. */
function dateMs(text: string): number {
  return /^[A-Z][a-z]+, ?\d{1,2}[ -]|^[A-Z][a-z]{2} [A-Z][a-z]{2} /.test(text)
    ? Date.parse(text)
    : Number.NaN;
}
