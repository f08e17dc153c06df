import { FernlakeError, isFernlakeError } from '../domain/errors.js';
import { faultOfObject } from '../domain/object-check.js';
import type { ObjectPart } from '../domain/manifest.js';
import type { Storage } from '../storage/port.js';
import { sha256Of, unpack } from './lake.js';

/**
 * The self-test of every seal: the object just written, as a reader would get it. Before the ledger speaks of it, and long
 * before anything staged is deleted. Throws `HashMismatch` (transient: the next attempt reads again).
 */
export async function readBack(storage: Storage, key: string, { ref, holds }: ObjectPart): Promise<void> {
  const { body } = await storage.get(key);
  if (sha256Of(body) !== ref.sha256) throw mismatch(key, 'its bytes are not those that were written');
  // Staged by a version that did not say what the object holds.
  if (!holds) return;
  let text: string;
  try {
    text = (await unpack(key, body)).toString('utf8');
  } catch (error) {
    if (isFernlakeError(error, 'LakeCorrupt')) throw mismatch(key, 'it cannot be unpacked');
    throw error;
  }
  const fault = faultOfObject(text, { rows: ref.records, ...holds });
  if (fault) throw mismatch(key, fault);
}

/** The same for a form that has no lines: the bytes alone. */
export async function readBackBytes(storage: Storage, key: string, sha256: string): Promise<void> {
  const { body } = await storage.get(key);
  if (sha256Of(body) !== sha256) throw mismatch(key, 'its bytes are not those that were written');
}

const mismatch = (key: string, why: string): FernlakeError =>
  new FernlakeError(
    'HashMismatch',
    'transient',
    `${key} does not read back as it was written: ${why}. Nothing staged is removed; the next attempt reads it again`,
    { details: { key } },
  );
