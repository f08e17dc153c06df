import { LIMITS } from '../limits.js';
import type { Storage } from '../storage/port.js';

/** No step waits so long for its input: what is older was held for a run that is dead. */
const HELD_MS_MAX = 15 * 60_000;

interface Kept {
  readonly bytes: Uint8Array;
  /** It is nowhere else. */
  readonly isHeld: boolean;
  readonly sinceMs: number;
  isLent: boolean;
}

/**
 * Blobs that the next step will ask for, kept where they were made. Those of a small batch are held here and nowhere else: a step that
 * does not find its input has the batch computed again. Of others, which are in the storage too, this saves reading and hashing what was
 * written a moment ago. LIMITS.heldBytesMax of both together.
 */
export class KeptBlobs {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** `heldBytesMax`: of one blob that is held. */
  constructor(
    private readonly heldBytesMax: number = LIMITS.heldBytesMax,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Keeps a copy of what is in the storage, too; it makes room for whatever comes. */
  keep(key: string, sha256: string, bytes: Uint8Array): void {
    if (this.#makeRoom(key, sha256, bytes.byteLength)) this.#add(key, sha256, bytes, false);
  }

  /** Whether it is held from now on, until it is forgotten; else it is to be put into the storage. */
  hold(key: string, sha256: string, bytes: Uint8Array): boolean {
    if (bytes.byteLength > this.heldBytesMax) return false;
    if (!this.#makeRoom(key, sha256, bytes.byteLength)) return false;
    this.#add(key, sha256, bytes, true);
    return true;
  }

  /**
   * A copy is given once; what is held stays, since a step may be tried again. Whoever asks behind the first gets bytes of its own: the
   * memory of the first may be given back before it is through with them.
   */
  find(key: string, sha256: string): Uint8Array | undefined {
    const found = this.#kept.get(nameOf(key, sha256));
    if (!found) return undefined;
    if (!found.isHeld) this.forget(key, sha256);
    if (found.isLent) return Uint8Array.from(found.bytes);
    found.isLent = true;
    return found.bytes;
  }

  forget(key: string, sha256: string): void {
    this.#remove(nameOf(key, sha256));
  }

  #add(key: string, sha256: string, bytes: Uint8Array, isHeld: boolean): void {
    this.#kept.set(nameOf(key, sha256), { bytes, isHeld, sinceMs: this.nowMs(), isLent: false });
    this.#bytes += bytes.byteLength;
  }

  #remove(name: string): void {
    this.#bytes -= this.#kept.get(name)?.bytes.byteLength ?? 0;
    this.#kept.delete(name);
  }

  /** The oldest go first; of those that are held, only what nobody can be waiting for. */
  #makeRoom(key: string, sha256: string, bytes: number): boolean {
    this.forget(key, sha256);
    const diedMs = this.nowMs() - HELD_MS_MAX;
    for (const [name, { isHeld, sinceMs }] of this.#kept) {
      if (this.#bytes + bytes <= LIMITS.heldBytesMax) break;
      if (!isHeld || sinceMs < diedMs) this.#remove(name);
    }
    return this.#bytes + bytes <= LIMITS.heldBytesMax;
  }
}

const nameOf = (key: string, sha256: string): string => `${sha256} ${key}`;

const keptBy = new WeakMap<Storage, KeptBlobs>();

/** From now on what goes from step to step over this storage is kept for the next one. For workers, and their threads. */
export function keepBlobsOf(storage: Storage, heldBytesMax?: number): void {
  keptBy.set(storage, new KeptBlobs(heldBytesMax));
}

export const keptBlobsOf = (storage: Storage): KeptBlobs | undefined => keptBy.get(storage);
