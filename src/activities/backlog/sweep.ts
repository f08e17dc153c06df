import { isFernlakeError } from '../../errors.js';
import { placesOf, stagingDatasetPrefix } from '../../lake/keys.js';
import type { Storage } from '../../storage/port.js';
import type { ActivityDeps } from '../deps.js';
import { currentPulse } from '../pulse.js';
import type { Scratch } from '../ref.js';

export interface SweepInput extends Scratch {
  /** Scratch of other runs older than this is removed, too. */
  readonly olderThanMs: number;
  /** So are unfinished uploads of this dataset older than this. */
  readonly uploads?: boolean;
}

/** Removes a run's scratch, and scratch that any dead run left behind. */
export type Sweep = (input: SweepInput) => Promise<void>;

const DELETED_AT_ONCE = 500;

export const createSweep =
  ({ storage }: ActivityDeps, nowMs: () => number = Date.now): Sweep =>
  async ({ dataset, staging, olderThanMs, uploads = false }) => {
    const pulse = currentPulse();
    const old = nowMs() - olderThanMs;
    let doomed: string[] = [];
    // Its own dataset's: the role in deploy/aws may list and delete no other's.
    for await (const { key, modifiedMs } of storage.list(stagingDatasetPrefix(dataset))) {
      if (!key.startsWith(staging) && modifiedMs >= old) continue;
      doomed.push(key);
      if (doomed.length < DELETED_AT_ONCE) continue;
      await storage.delete(doomed);
      doomed = [];
      pulse.beat();
    }
    await storage.delete(doomed);
    if (uploads) await sweepUploads(storage, dataset, olderThanMs);
  };

/**
 * Takes back large uploads that a dead worker began. Where the role may not list them, the seal does not
 * fail: `fernlake doctor` names the missing permission, and the bucket's life-cycle rule does the same work.
 */
async function sweepUploads(storage: Storage, dataset: string, olderThanMs: number): Promise<void> {
  const pulse = currentPulse();
  try {
    const swept = (await storage.uploads?.sweep(placesOf(dataset), olderThanMs)) ?? 0;
    if (swept > 0) pulse.warn('unfinished uploads of a dead worker were taken back', { dataset, swept });
  } catch (error) {
    if (!isFernlakeError(error, 'StorageDenied')) throw error;
    pulse.warn('unfinished uploads are not looked for', { dataset, why: error.message });
  }
}
