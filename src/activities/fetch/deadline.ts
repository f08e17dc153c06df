import { FernlakeError } from '../../errors.js';
import type { Address } from './address.js';
import { failureOfConnection, failureOfDeadline } from './unreachable.js';

/**
 * Runs `ask` with a signal that obeys the caller's and the deadline: got's own deadline starts anew at every redirect.
 * What goes wrong on the way becomes a failure of this address, unless it is one already.
 */
export async function within<T>(
  timeoutMs: number,
  address: Address,
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    controller.abort();
  }, timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await ask(controller.signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (late) throw failureOfDeadline(timeoutMs, address);
    throw error instanceof FernlakeError ? error : failureOfConnection(error, address);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
