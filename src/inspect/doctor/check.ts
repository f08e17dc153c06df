import { messageOf } from '../../errors.js';

/** `warning`: it works, and could do better or is about to fail. `skipped`: what it rests on has failed. */
export type State = 'ok' | 'warning' | 'failed' | 'skipped';

/** One line of `fernlake doctor`. */
export interface Check {
  readonly name: string;
  readonly state: State;
  /** What was seen; of a FernlakeError its whole message, which says what to do. Never a secret. */
  readonly says: string;
  /** What to do, where that is not said yet. */
  readonly mend?: string;
}

export const ok = (name: string, says: string): Check => ({ name, state: 'ok', says });
export const warning = (name: string, says: string, mend: string): Check => ({
  name,
  state: 'warning',
  says,
  mend,
});
export const failed = (name: string, says: string, mend: string): Check => ({
  name,
  state: 'failed',
  says,
  mend,
});
export const skipped = (name: string, rest: string): Check => ({
  name,
  state: 'skipped',
  says: `not looked at: ${rest} comes first`,
});

/** The check, or what was thrown as its failure: one broken part must not hide the others. */
export async function attempt(name: string, run: () => Promise<Check>): Promise<Check> {
  try {
    return await run();
  } catch (error) {
    return { name, state: 'failed', says: messageOf(error).split('\n', 1)[0] ?? '' };
  }
}
