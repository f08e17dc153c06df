import type { SourceDown } from './messages.js';

/** The first wait after a refusal; each further one is twice as long, up to the longest. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;

export interface Refusal {
  readonly code: string;
  readonly why: string;
  /** When the poll that it ends had begun. */
  readonly askedAtMs: number;
  /** What the source asked for (Retry-After); undefined: nothing. */
  readonly retryAfterMs: number | undefined;
}

/** What is known of a source that has refused once more. */
export function refusedAgain(before: SourceDown | null, refusal: Refusal, nowMs: number): SourceDown {
  const { code, why, askedAtMs, retryAfterMs } = refusal;
  return {
    sinceMs: before?.sinceMs ?? askedAtMs,
    refusals: (before?.refusals ?? 0) + 1,
    code,
    why,
    quietUntilMs: retryAfterMs === undefined ? null : nowMs + retryAfterMs,
  };
}

/** When to ask it again: when it said, else ever less often. */
export function dueAfterRefusal(
  { refusals, quietUntilMs }: SourceDown,
  nowMs: number,
  pollMinMs: number,
): number {
  const backOffMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (refusals - 1));
  return Math.max(nowMs + pollMinMs, quietUntilMs ?? nowMs + backOffMs);
}

/** One sentence on it, for the Web UI and for a failed run. */
export function describeDown({ sinceMs, refusals, why, quietUntilMs }: SourceDown, nowMs: number): string {
  const quiet =
    quietUntilMs !== null && quietUntilMs > nowMs
      ? ` The source asked for quiet until ${utc(quietUntilMs)}.`
      : '';
  const times = refusals === 1 ? 'once' : `${refusals} times in a row`;
  return `The source has given no answer since ${utc(sinceMs)} (asked ${times}): ${why}.${quiet}`;
}

/** `2026-11-28 14:05:00 UTC` */
const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** What a timer shows in the Web UI while the source is not asked. */
export function quietSummary({ refusals, quietUntilMs }: SourceDown, seconds: string): string {
  return quietUntilMs === null
    ? `sleep ${seconds} s: the source refused ${refusals === 1 ? 'once' : `${refusals} times`}`
    : `sleep ${seconds} s: the source asked for quiet until ${utc(quietUntilMs)}`;
}
