import type { Storage } from '../storage/port.js';

/** At most so many bytes are kept for the next step; more is read from the storage again. */
const BYTES_MAX = 24 * 1024 * 1024;

/**
 * Keeps staged blobs in memory for the next step, which mostly runs in the same process and so need not read
 * and hash them again. They are in the storage, too. Each is given out once; the oldest make room.
 */
export class KeptBlobs {
  readonly #kept = new Map<string, Uint8Array>();
  #bytes = 0;

  keep(key: string, sha256: string, bytes: Uint8Array): void {
    this.forget(key, sha256);
    if (bytes.byteLength > BYTES_MAX) return;
    this.#kept.set(nameOf(key, sha256), bytes);
    this.#bytes += bytes.byteLength;
    for (const [name, oldest] of this.#kept) {
      if (this.#bytes <= BYTES_MAX) break;
      this.#kept.delete(name);
      this.#bytes -= oldest.byteLength;
    }
  }

  take(key: string, sha256: string): Uint8Array | undefined {
    const found = this.#kept.get(nameOf(key, sha256));
    this.forget(key, sha256);
    return found;
  }

  forget(key: string, sha256: string): void {
    const name = nameOf(key, sha256);
    this.#bytes -= this.#kept.get(name)?.byteLength ?? 0;
    this.#kept.delete(name);
  }
}

const nameOf = (key: string, sha256: string): string => `${sha256} ${key}`;

const keptBy = new WeakMap<Storage, KeptBlobs>();

/** From now on what is staged in this storage is kept for the next step. For workers. */
export function keepBlobsOf(storage: Storage): void {
  keptBy.set(storage, new KeptBlobs());
}

export const keptBlobsOf = (storage: Storage): KeptBlobs | undefined => keptBy.get(storage);
