import { rawNameOf } from './keys.js';
import { damaged, gone, type Outcome, read } from './outcome.js';
import { decodeQuarantine } from './quarantine-entry.js';
import type { QuarantineEntry } from '../dataset/reason.js';
import type { Storage } from '../storage/port.js';
import { getIfThere, unpack } from './objects.js';

/** What stands in quarantine of one answer. */
export async function readQuarantine(storage: Storage, key: string): Promise<Outcome<QuarantineEntry[]>> {
  const found = await getIfThere(storage, key);
  return found ? await unpackQuarantine(key, found.body, found.etag) : gone(key);
}

/** The same of the object's bytes. */
export async function unpackQuarantine(
  key: string,
  body: Buffer,
  etag?: string,
): Promise<Outcome<QuarantineEntry[]> & { readonly kind: 'read' | 'damaged' }> {
  const unpacked = await unpack(key, body);
  if (unpacked.kind === 'damaged') return damaged(key, unpacked.why, etag);
  try {
    const entries = decodeQuarantine(unpacked.value.toString('utf8'));
    if (entries.every(({ raw }) => raw === rawNameOf(key))) return read(entries);
    return damaged(key, 'it is the quarantine of another answer', etag);
  } catch {
    return damaged(key, 'it is no quarantine object', etag);
  }
}
