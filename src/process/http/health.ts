import { messageOf } from '../../errors.js';

/** Resolves when all is well and throws what is not. */
export type Probe = () => Promise<unknown>;

export interface CheckResult {
  readonly ok: boolean;
  /** Why not; never a secret. Absent when all is well. */
  readonly why?: string;
}

export type Checks = Readonly<Record<string, CheckResult>>;

const TIMEOUT_MS = 3_000;
/** Whoever asks more often than this is told the last answer: a probe a second must not cost a listing a second. */
const FRESH_MS = 5_000;

/** Runs all probes at once, each with a time-out; results are kept for a few seconds. */
export function createHealth(
  probes: Readonly<Record<string, Probe>>,
  freshMs = FRESH_MS,
  timeoutMs = TIMEOUT_MS,
) {
  let last: { readonly atMs: number; readonly checks: Promise<Checks> } | undefined;

  async function run(): Promise<Checks> {
    const entries = Object.entries(probes).map(
      async ([name, probe]) => [name, await check(probe, timeoutMs)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  return (): Promise<Checks> => {
    if (last === undefined || performance.now() - last.atMs > freshMs)
      last = { atMs: performance.now(), checks: run() };
    return last.checks;
  };
}

/** Never throws. */
export async function check(probe: Probe, timeoutMs: number): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, why: `no answer within ${timeoutMs} ms` }), timeoutMs);
  });
  const asked = probe().then(
    () => ({ ok: true }),
    (error: unknown) => ({ ok: false, why: messageOf(error).split('\n', 1)[0] ?? '' }),
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
