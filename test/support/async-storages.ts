import { AsyncLocalStorage } from 'node:async_hooks';

const used = new Set<AsyncLocalStorage<unknown>>();

/**
 * From now on, knows each AsyncLocalStorage that is used. Up to Node 22 a used one costs every promise of the process some time
 * until it is disabled, and connections of Temporal leave theirs behind: after 50 of them all that waits was four times as slow.
 */
export function watchAsyncStorages(): void {
  const { prototype } = AsyncLocalStorage<unknown>;
  for (const name of ['run', 'enterWith'] as const) {
    const original = Reflect.get(prototype, name) as (...args: unknown[]) => unknown;
    Object.defineProperty(prototype, name, {
      value(this: AsyncLocalStorage<unknown>, ...args: unknown[]): unknown {
        used.add(this);
        return Reflect.apply(original, this, args);
      },
    });
  }
}

/** Disables them all; one that is used again works again. */
export function disableAsyncStorages(): void {
  for (const storage of used) storage.disable();
  used.clear();
}
