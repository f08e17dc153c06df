import { FernlakeError, isFernlakeError } from '../domain/errors.js';
import { decodeQuarantine, encodeQuarantine, replaceRefusals } from '../domain/quarantine.js';
import { quarantineKey } from '../domain/lake-keys.js';
import type { QuarantineEntry } from '../domain/reason.js';
import type { Storage } from '../storage/port.js';
import { unpack } from './lake.js';
import { pack } from './pack.js';

const ATTEMPTS = 10;

/** Puts what an answer is refused for now in place of what stands. Safe against others doing the same. */
export async function requarantine(
  storage: Storage,
  dataset: string,
  raw: string,
  entries: readonly QuarantineEntry[],
): Promise<void> {
  await rewriteQuarantine(storage, quarantineKey(dataset, raw), (stored) => replaceRefusals(stored, entries));
}

/**
 * Rewrites one answer's quarantine object, safe against others doing the same. An object that holds nothing any more stays
 * as an empty one: the worker needs no right to delete in quarantine/.
 */
export async function rewriteQuarantine(
  storage: Storage,
  key: string,
  rewrite: (stored: readonly QuarantineEntry[]) => QuarantineEntry[],
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const stored = await storage.get(key).catch((error: unknown) => {
      if (isFernlakeError(error, 'ObjectNotFound')) return undefined;
      throw error;
    });
    const before = stored ? decodeQuarantine((await unpack(key, stored.body)).toString('utf8')) : [];
    const after = rewrite(before);
    if (!stored && after.length === 0) return;
    const packed = await pack(Buffer.from(encodeQuarantine(after)));
    if (stored && packed.equals(stored.body)) return;
    try {
      await storage.put(key, packed, stored ? { kind: 'matches', etag: stored.etag } : { kind: 'absent' });
      return;
    } catch (error) {
      if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
    }
  }
  throw new FernlakeError(
    'StorageBusy',
    'transient',
    `${key} changes under us all the time: tried again later`,
    {
      details: { key },
    },
  );
}
