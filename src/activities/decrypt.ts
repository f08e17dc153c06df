import { encodeDecrypted } from '../domain/staged-form.js';
import { LIMITS } from '../domain/limits.js';
import { type DecryptedWindow, decryptWindow, parseWindow } from '../domain/window.js';
import type { Activities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { inParallel, readRaw, stage } from './lake.js';
import { currentPulse } from './pulse.js';

/** An answer may have LIMITS.bodyBytesMax, and several times that once it is parsed. */
const READS_AT_ONCE = 4;

export const createDecrypt =
  ({ storage, keyRing }: ActivityDeps): Activities['decrypt'] =>
  async ({ dataset, staging, raws, context }) => {
    const pulse = currentPulse();
    const ring = await keyRing();
    const damaged: string[] = [];
    let bytes = 0;
    const decrypt = async (name: string): Promise<DecryptedWindow | undefined> => {
      pulse.beat();
      const body = await readRaw(storage, dataset, name);
      bytes += body?.length ?? 0;
      return body && decryptWindow(name, parseWindow(body), ring);
    };
    const windows: DecryptedWindow[] = [];
    let taken = 0;
    while (taken < raws.length && bytes < LIMITS.batchBodyBytesMax) {
      const some = raws.slice(taken, taken + READS_AT_ONCE);
      taken += some.length;
      // Whole answers are dropped as soon as they are read: only what is in them stays in memory.
      for (const [i, window] of (await inParallel(some, READS_AT_ONCE, decrypt)).entries()) {
        if (window) windows.push(window);
        else damaged.push(some[i]!);
      }
    }
    const before = context ? await decrypt(context) : undefined;
    const staged = before ? [{ ...before, context: true }, ...windows] : windows;
    return {
      decrypted: await stage(
        storage,
        `${staging}decrypted`,
        encodeDecrypted(staged),
        windows.reduce((sum, window) => sum + window.records.length, 0),
      ),
      undecryptable: windows.reduce(
        (sum, window) => sum + window.refusals.filter(({ reason }) => reason === 'undecryptable').length,
        0,
      ),
      damaged,
      ...(taken < raws.length ? { rest: raws.slice(taken) } : {}),
    };
  };
