import { statSync } from 'node:fs';
import { type KeySource, readKeyFile } from '../config/keys.js';
import { createKeyRing, type KeyRing } from '../dataset/fernet-keys.js';
import { FernlakeError, messageOf } from '../errors.js';

/**
 * The key ring, asked for at each use: a key file that changed is read again, so that a key can be rotated while the worker
 * runs. A file that is broken in the middle of a rotation is a transient failure: the keys before it were not wrong.
 */
export function keyRingOf(source: KeySource, fallback?: string): () => Promise<KeyRing> {
  if (source.kind === 'given') return always(createKeyRing(source.keys));
  if (source.kind === 'none') {
    if (fallback !== undefined) return always(createKeyRing([fallback]));
    throw new FernlakeError(
      'Configuration',
      'terminal',
      'FERNET_KEYS is not set: nothing can be decrypted without a key',
    );
  }
  let ring: KeyRing | undefined;
  let stamp = '';
  return async () => {
    try {
      const { mtimeMs, size, ino } = statSync(source.path);
      const now = `${mtimeMs} ${size} ${ino}`;
      if (!ring || now !== stamp) {
        ring = createKeyRing(readKeyFile(source.path));
        stamp = now;
      }
      return ring;
    } catch (error) {
      throw new FernlakeError(
        'StorageBusy',
        'transient',
        `the keys in ${source.path} cannot be used now: ${messageOf(error)}`,
        {
          details: { path: source.path },
        },
      );
    }
  };
}

const always = (ring: KeyRing) => (): Promise<KeyRing> => Promise.resolve(ring);
