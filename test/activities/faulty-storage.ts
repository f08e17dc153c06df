import { FernlakeError } from '../../src/errors.js';
import type { Storage } from '../../src/storage/port.js';

export interface Call {
  readonly operation: 'get' | 'head' | 'put' | 'list' | 'delete';
  readonly key: string;
  /** `before`: nothing was done. `after`: it was done, and nobody will hear of it. */
  readonly when: 'before' | 'after';
}

/**
 * A real storage whose calls fail where `fault` says so, with the errors that a real one throws; `calls` says what was asked
 * in which order.
 */
export function faulty(
  storage: Storage,
  fault: (call: Call) => Error | undefined = () => undefined,
): { storage: Storage; calls: string[] } {
  const calls: string[] = [];
  async function around<T>(operation: Call['operation'], key: string, act: () => Promise<T>): Promise<T> {
    calls.push(`${operation} ${key}`);
    const before = fault({ operation, key, when: 'before' });
    if (before) throw before;
    const result = await act();
    const after = fault({ operation, key, when: 'after' });
    if (after) throw after;
    return result;
  }
  const wrapped: Storage = {
    uri: storage.uri,
    get: (key, bytesMax) => around('get', key, () => storage.get(key, bytesMax)),
    open: (key) => storage.open(key),
    head: (key) => around('head', key, () => storage.head(key)),
    put: (key, body, condition) => around('put', key, () => storage.put(key, body, condition)),
    list: (prefix, options) => storage.list(prefix, options),
    keys: (prefix, options) => storage.keys(prefix, options),
    delete: (keys) => around('delete', keys.join(' '), () => storage.delete(keys)),
  };
  return { storage: wrapped, calls };
}

export const busy = (): FernlakeError =>
  new FernlakeError('StorageBusy', 'transient', 'the store asks for patience (503 SlowDown)', {
    details: { status: 503 },
    retryAfterMs: 2_000,
  });

export const denied = (): FernlakeError =>
  new FernlakeError('StorageDenied', 'terminal', 'the store refuses (403 AccessDenied)', {
    details: { status: 403 },
  });

/** A fault that comes once, at the first call that fits. */
export function once(fits: (call: Call) => boolean, error: () => Error): (call: Call) => Error | undefined {
  let come = false;
  return (call) => {
    if (come || !fits(call)) return undefined;
    come = true;
    return error();
  };
}
