import { AsyncLocalStorage } from 'node:async_hooks';

/** Of each command that runs, its own: tests run several at a time in one process. */
const running = new AsyncLocalStorage<{ code: number }>();

/** Sets what the command that calls this ends with: 0 done (unless set), 1 the check failed, 2 wrong use. */
export function exitWith(code: number): void {
  const own = running.getStore();
  if (own === undefined) throw new Error('exitWith is called by a command, while it runs');
  own.code = code;
}

/** Resolves to what the command within `run` has set. */
export async function exitCodeOf(run: () => Promise<unknown>): Promise<number> {
  return await running.run({ code: 0 }, async () => {
    await run();
    return running.getStore()?.code ?? 0;
  });
}
